import type { Backlog } from '../diagnostics/index.ts';
import type { Queryable } from '../store/index.ts';
import type { Retention } from './retention/index.ts';
import { eventStatements } from './statements.ts';

/** A day goes when all of it is old; an hour later somebody is in the way. */
const GRACE_SECONDS = 25 * 3_600;

/** The events of a service's outbox, which go when they are old: too old ones are a table that only grows. */
export function outboxBacklog(database: Queryable, { outboxDays }: Retention): Backlog {
  return {
    name: 'events in the outbox',
    warnAfterSeconds: outboxDays * 86_400 + GRACE_SECONDS,
    advice: 'Old days of the outbox are not dropped: read why in the log of the background task event-days.',
    async measure() {
      const row = await database.one<{ events: bigint; oldest_seconds: number }>(eventStatements()['outbox-size']);
      return { count: Number(row?.events ?? 0n), oldestSeconds: row?.oldest_seconds };
    },
  };
}
