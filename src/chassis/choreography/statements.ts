import { loadStatements, type Statement } from '../store/index.ts';

const NAMES = [
  'claim-due-parts',
  'count-parts',
  'end-steps',
  'hear-events',
  'keep-steps',
  'leave-steps',
  'lock-parts',
  'put-off-step',
  'set-steps',
] as const;

/** The migrations of a process that plays parts; they need EVENTS_MIGRATIONS beside them. */
export const PARTS_MIGRATIONS = new URL('./migrations/', import.meta.url);

/** Files of this very package, which do not change while it runs. */
let loaded: Readonly<Record<(typeof NAMES)[number], Statement>> | undefined;

/** The parts' own statements; read at first use, because importing a file does nothing. */
export function partStatements(): Readonly<Record<(typeof NAMES)[number], Statement>> {
  return (loaded ??= loadStatements(new URL('./sql/', import.meta.url), NAMES));
}
