import { loadStatements, type Statement } from '../../store/index.ts';

const NAMES = [
  'beat',
  'claim-partitions',
  'release-partitions',
  'leave',
  'open-partitions',
  'begin-partitions',
  'held-partitions',
  'stop-ahead',
  'receive-events',
  'park-events',
  'due-parked-events',
  'take-parked-event',
  'put-off-event',
  'bury-event',
] as const;

/** Files of this very package, which do not change while it runs. */
let loaded: Readonly<Record<(typeof NAMES)[number], Statement>> | undefined;

/** The inbox's own statements; read at first use, because importing a file does nothing. */
export function inboxStatements(): Readonly<Record<(typeof NAMES)[number], Statement>> {
  return (loaded ??= loadStatements(new URL('./sql/', import.meta.url), NAMES));
}
