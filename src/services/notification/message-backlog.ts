import type { Backlog } from '../../chassis/diagnostics/index.ts';
import type { Queryable } from '../../chassis/store/index.ts';
import { statements } from './statements.ts';

/** A message whose channel works is gone within seconds; after so long its channel does not, in seconds. */
const WARN_AFTER_SECONDS = 300;

/** Messages that are accepted and not delivered. */
export function messageBacklog(database: Queryable): Backlog {
  return {
    name: 'messages to send',
    warnAfterSeconds: WARN_AFTER_SECONDS,
    advice: 'See that the mail server answers (SMTP_URL of notification); messages are tried again by themselves.',
    async measure() {
      const row = await database.one<{ messages: bigint; oldest_seconds: number | null }>(statements['count-waiting']);
      return { count: Number(row?.messages ?? 0n), oldestSeconds: row?.oldest_seconds ?? undefined };
    },
  };
}
