import type { Backlog } from '../../chassis/diagnostics/index.ts';
import type { Queryable } from '../../chassis/store/index.ts';
import { statements } from './statements.ts';

/** A draft is addressed within a second while the user process answers, in seconds. */
const WARN_AFTER_SECONDS = 120;

/** Messages that wait for an address. */
export function draftBacklog(database: Queryable): Backlog {
  return {
    name: 'messages without an address',
    warnAfterSeconds: WARN_AFTER_SECONDS,
    advice: 'See that the user process answers notification; drafts are tried again by themselves.',
    async measure() {
      const row = await database.one<{ drafts: bigint; oldest_seconds: number | null }>(statements['count-drafts']);
      return { count: Number(row?.drafts ?? 0n), oldestSeconds: row?.oldest_seconds ?? undefined };
    },
  };
}
