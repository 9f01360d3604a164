/** One line of a diagnosis: what was looked at and what was found; of trouble, what to do in one sentence. */
export type Finding =
  | { readonly check: string; readonly status: 'ok'; readonly found: string }
  | { readonly check: string; readonly status: 'warning' | 'failing'; readonly found: string; readonly advice: string };

/** Trouble, still without the name of its check. */
export interface Trouble {
  readonly status: 'warning' | 'failing';
  readonly found: string;
  readonly advice: string;
}

/** A line for each trouble; without any, one that says what is well. */
export function findings(check: string, troubles: readonly Trouble[], whenWell: string): readonly Finding[] {
  if (troubles.length === 0) return [{ check, status: 'ok', found: whenWell }];
  return troubles.map((trouble) => ({ check, ...trouble }));
}

/** The exit code: 0 all is well, 1 warnings, 2 something fails. */
export function exitCodeOf(all: readonly Finding[]): 0 | 1 | 2 {
  if (all.some(({ status }) => status === 'failing')) return 2;
  return all.some(({ status }) => status === 'warning') ? 1 : 0;
}
