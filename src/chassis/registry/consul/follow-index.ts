import { backoffMs, type Clock, type Random } from '../../core/index.ts';
import type { WatcherState } from '../registry.ts';
import type { BlockingQuery, IndexedAnswer } from './consul-client.ts';

const BACKOFF = { baseMs: 100, maxMs: 1_000 };

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
  readonly onInterrupted: (event: { readonly error: unknown; readonly delayMs: number }) => void;
}

/** A query that is being followed. */
export interface Follower {
  readonly state: WatcherState;
  /** Idempotent; nobody is told anything after it is called. */
  close(): Promise<void>;
}

/**
 * Asks one blocking query after the other, for ever. An index that goes backwards starts again at 0, an index of 0 is
 * taken for 1, so that the next query does block, and any failure starts again at 0: whatever happened meanwhile, the
 * next answer is the whole truth. Source: https://developer.hashicorp.com/consul/api-docs/features/blocking
 */
export function followIndex(options: FollowOptions): Follower {
  const { query, clock, random, waitMs, onAnswer, onInterrupted } = options;
  const closing = new AbortController();
  const { signal } = closing;
  let state: WatcherState = { kind: 'listing', failures: 0 };
  let newest = 0n;

  /** Asks until something fails. */
  const follow = async (onFirst: () => void): Promise<never> => {
    let index = 0n;
    for (;;) {
      const askedMs = clock.monotonicMs();
      const answer = await query({ index, waitMs, signal });
      signal.throwIfAborted();
      const wentBack = answer.index < newest;
      const isNews = onAnswer(answer.json, wentBack);
      onFirst();
      newest = answer.index;
      index = answer.index < index ? 0n : answer.index > 0n ? answer.index : 1n;
      state = { kind: 'watching', revision: String(answer.index) };
      const quietMs = QUIET_INTERVAL_MS - (clock.monotonicMs() - askedMs);
      if (!isNews && index > 0n && quietMs > 0) await clock.sleep(quietMs, signal);
    }
  };

  const run = async () => {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await follow(() => (failures = 0));
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        state = { kind: 'listing', failures };
        const delayMs = backoffMs(failures, BACKOFF, random);
        onInterrupted({ error, delayMs });
        await clock.sleep(delayMs, signal).catch(() => undefined); // closed
      }
    }
  };
  const running = run();

  return {
    get state() {
      return state;
    },
    close() {
      state = { kind: 'closed' };
      closing.abort();
      return running;
    },
  };
}
