import type { Check } from '../admin/index.ts';

/** The components of a process's readiness, as they come up. */
export interface Components {
  readonly checks: Readonly<Record<string, Check>>;
  set(name: string, check: Check): void;
}

/** Makes the list with what every process has, not started yet. */
export function createComponents(names: readonly string[]): Components {
  const checks: Record<string, Check> = {};
  for (const name of names) {
    checks[name] = async () => {
      throw new Error('starting');
    };
  }
  return {
    checks,
    set: (name, check) => {
      checks[name] = check;
    },
  };
}
