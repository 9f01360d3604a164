import { backoffMs, type Clock, type Random } from '../core/index.ts';
import type { WatcherState } from './registry.ts';

const BACKOFF = { baseMs: 100, maxMs: 1_000 };

/** Something of a registry that is being followed. */
export interface Follower {
  readonly state: WatcherState;
  /** Idempotent; nobody is told anything after it is called. */
  close(): Promise<void>;
}

/** Following broke; it begins again after `delayMs`. */
export interface Interruption {
  readonly error: unknown;
  readonly delayMs: number;
}

/** What an attempt to follow is given. */
export interface Attempt {
  /** Fires when the follower is closed. */
  readonly signal: AbortSignal;
  /** What was learnt is up to date, as of this revision. */
  watching(revision: string): void;
}

/** What is followed, and how. */
export interface FollowForeverOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** An attempt that watched this long was no failure when it ends: the next wait is the first one again. */
  readonly stableMs: number;
  /** Follows until something fails. */
  readonly follow: (attempt: Attempt) => Promise<never>;
  readonly onInterrupted: (interruption: Interruption) => void;
}

/** Follows for ever, one attempt after the other, with full jitter between them. */
export function followForever({ clock, random, stableMs, follow, onInterrupted }: FollowForeverOptions): Follower {
  const closing = new AbortController();
  const { signal } = closing;
  let state: WatcherState = { kind: 'listing', failures: 0 };

  const run = async () => {
    let failures = 0;
    while (!signal.aborted) {
      let watchingSinceMs: number | undefined;
      const watching = (revision: string) => {
        watchingSinceMs ??= clock.monotonicMs();
        state = { kind: 'watching', revision };
      };
      try {
        await follow({ signal, watching });
      } catch (error) {
        if (signal.aborted) break;
        const isStable = watchingSinceMs !== undefined && clock.monotonicMs() - watchingSinceMs >= stableMs;
        failures = isStable ? 1 : failures + 1;
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
