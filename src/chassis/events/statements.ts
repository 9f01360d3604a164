import { loadStatements, type Statement } from '../store/index.ts';

const NAMES = [
  'append-events',
  'read-events',
  'outbox-size',
  'count-events',
  'event-after',
  'log-ends',
  'log-bounds',
] as const;

/** Files of this very package, which do not change while it runs. */
let loaded: Readonly<Record<(typeof NAMES)[number], Statement>> | undefined;

/** The outbox's own statements; read at first use, because importing a file does nothing. */
export function eventStatements(): Readonly<Record<(typeof NAMES)[number], Statement>> {
  return (loaded ??= loadStatements(new URL('./sql/', import.meta.url), NAMES));
}
