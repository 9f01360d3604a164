import { loadStatements, type Statement } from '../../store/index.ts';

const NAMES = [
  'consumer-partitions',
  'consumer-state',
  'dead-letters-size',
  'die-again',
  'forget-dead-letters',
  'forget-handled',
  'get-dead-letter',
  'list-actions',
  'list-dead-letters',
  'list-parked-events',
  'move-back',
  'move-on',
  'note-action',
  'parked-size',
  'pause-consumer',
  'resume-consumer',
  'retry-parked-events',
  'take-dead-letter',
] as const;

/** Files of this very package, which do not change while it runs. */
let loaded: Readonly<Record<(typeof NAMES)[number], Statement>> | undefined;

/** What operators read and do; read at first use, because importing a file does nothing. */
export function operationStatements(): Readonly<Record<(typeof NAMES)[number], Statement>> {
  return (loaded ??= loadStatements(new URL('./sql/', import.meta.url), NAMES));
}
