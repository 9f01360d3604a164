import type { Clock, Random } from '../../core/index.ts';
import { followForever, type Attempt, type Follower, type Interruption } from '../follow.ts';
import type { BlockingQuery, IndexedAnswer } from './consul-client.ts';

/** Answers without news do not come more often: other services' changes may wake a query. */
const QUIET_INTERVAL_MS = 100;

/** What is followed, and who is told. */
export interface FollowOptions {
  readonly query: (query: BlockingQuery) => Promise<IndexedAnswer>;
  readonly clock: Clock;
  readonly random: Random;
  /** How long one query may hang, in milliseconds. */
  readonly waitMs: number;
  /**
   * What there is now; true when that is news. `afterReset`: Consul's index went backwards, it was wiped or restored.
   * Throws when the answer is nonsense.
   */
  readonly onAnswer: (json: unknown, afterReset: boolean) => boolean;
  /** The query failed; it is asked again, from the beginning, after `delayMs`. */
  readonly onInterrupted: (interruption: Interruption) => void;
}

/**
 * Asks one blocking query after the other, for ever. An index that goes backwards starts again at 0, an index of 0 is
 * taken for 1, so that the next query does block, and any failure starts again at 0: whatever happened meanwhile, the
 * next answer is the whole truth. Source: https://developer.hashicorp.com/consul/api-docs/features/blocking
 */
export function followIndex(options: FollowOptions): Follower {
  const { query, clock, random, waitMs, onAnswer, onInterrupted } = options;
  let newest = 0n;

  const follow = async ({ signal, watching }: Attempt): Promise<never> => {
    let index = 0n;
    for (;;) {
      const askedMs = clock.monotonicMs();
      const answer = await query({ index, waitMs, signal });
      signal.throwIfAborted();
      const wentBack = answer.index < newest;
      const isNews = onAnswer(answer.json, wentBack);
      newest = answer.index;
      index = answer.index < index ? 0n : answer.index > 0n ? answer.index : 1n;
      watching(String(answer.index));
      const quietMs = QUIET_INTERVAL_MS - (clock.monotonicMs() - askedMs);
      if (!isNews && index > 0n && quietMs > 0) await clock.sleep(quietMs, signal);
    }
  };
  return followForever({ clock, random, stableMs: 0, follow, onInterrupted });
}
