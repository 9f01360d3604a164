import type { Backlog } from '../diagnostics/index.ts';
import type { Queryable } from '../store/index.ts';
import { EVENT_RETENTION_MS } from './outbox.ts';
import { eventStatements } from './statements.ts';

/** Pruning looks once a minute; an hour beyond the retention it does not get on. */
const WARN_AFTER_SECONDS = EVENT_RETENTION_MS / 1_000 + 3_600;

/** The events of a service's outbox, which go when they are old: too old ones are a table that only grows. */
export function outboxBacklog(database: Queryable): Backlog {
  return {
    name: 'events in the outbox',
    warnAfterSeconds: WARN_AFTER_SECONDS,
    advice: 'Old events are not pruned: read why in the log of the background task prune-outbox.',
    async measure() {
      const row = await database.one<{ events: bigint; oldest_seconds: number }>(eventStatements()['outbox-size']);
      return { count: Number(row?.events ?? 0n), oldestSeconds: row?.oldest_seconds };
    },
  };
}
