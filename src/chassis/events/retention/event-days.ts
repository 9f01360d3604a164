import { createEmitter, type Clock, type Events } from '../../core/index.ts';
import type { Database } from '../../store/index.ts';
import type { Retention } from './retention.ts';
import { retentionStatements } from './statements.ts';

/** Looks after the days of a database's outbox and inbox. */
export interface EventDays {
  readonly events: Events<EventDaysEvents>;
  /** Makes the days that are due and drops those that are old, unless a replica is at it. Throws ABORTED (LOCK_TIMEOUT) where others are in the way. */
  keep(): Promise<void>;
  /** Does so now and then until the signal fires; throws where `keep` does. */
  run(signal: AbortSignal): Promise<void>;
}

/** What it tells telemetry. */
export interface EventDaysEvents {
  /** Partitions that were made, and dropped. */
  readonly kept: { readonly made: number; readonly outboxDropped: number; readonly inboxDropped: number };
}

/** So many days are there before they begin: a process that does not get to it for so long loses nothing, but time. */
const DAYS_AHEAD = 2;
/** Between two looks, in milliseconds. */
const BETWEEN_MS = 10 * 60_000;
/** Writers of events wait for nothing here any longer, in milliseconds. */
const LOCK_MS = 1_000;

/** Replicas may all run it. Days are the database's, in UTC. */
export function createEventDays(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly retention: Retention;
}): EventDays {
  const { database, clock, retention } = options;
  const { outboxDays, inboxDays } = retention;
  const statements = retentionStatements();
  const events = createEmitter<EventDaysEvents>();

  async function keep(): Promise<void> {
    const kept = await database.transaction(async (tx) => {
      const lock = await tx.one<{ readonly mine: boolean }>(statements['lock-days'], [LOCK_MS]);
      if (lock?.mine !== true) return undefined;
      const opened = await tx.one<{ made: number }>(statements['open-days'], [DAYS_AHEAD, outboxDays, inboxDays]);
      const dropped = await tx.one<{ outbox: number; inbox: number }>(statements['drop-days'], [outboxDays, inboxDays]);
      return { made: opened?.made ?? 0, outboxDropped: dropped?.outbox ?? 0, inboxDropped: dropped?.inbox ?? 0 };
    });
    if (kept !== undefined && kept.made + kept.outboxDropped + kept.inboxDropped > 0) events.emit('kept', kept);
  }

  return {
    events,
    keep,
    async run(signal) {
      while (!signal.aborted) {
        await keep();
        await clock.sleep(BETWEEN_MS, signal);
      }
    },
  };
}
