import { loadStatements, type Statement } from '../store/index.ts';

const NAMES = [
  'add-generation',
  'append-to-streams',
  'claim-generation',
  'delete-generation',
  'drop-other-generations',
  'insert-generation',
  'list-generations',
  'list-stream-events',
  'load-streams',
  'lock-generations',
  'lock-read-model',
  'lock-streams',
  'move-generation',
  'read-event-log',
  'release-generation',
  'serve-generation',
  'served-position',
] as const;

/** Files of this very package, which do not change while it runs. */
let loaded: Readonly<Record<(typeof NAMES)[number], Statement>> | undefined;

/** The event store's own statements; read at first use, because importing a file does nothing. */
export function eventStoreStatements(): Readonly<Record<(typeof NAMES)[number], Statement>> {
  return (loaded ??= loadStatements(new URL('./sql/', import.meta.url), NAMES));
}
