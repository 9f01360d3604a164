import type { Clock, Timer } from '../core/index.ts';
import { createTokenBucket, type TokenBucketOptions } from '../resilience/index.ts';

/** How fast attempts may begin. */
export interface Pace {
  /** How many may begin now; Infinity where nothing bounds them. */
  readonly free: number;
  /** Whether one may begin now, which it then has. */
  tryTake(): boolean;
  /** Has who made it called when one may, where none may now. */
  callBack(): void;
  /** Ends its timer. */
  stop(): void;
}

/** A pace of so many attempts a second; undefined: of any. `onFree` is called once for any number of `callBack`s. */
export function createPace(rate: TokenBucketOptions | undefined, clock: Clock, onFree: () => void): Pace {
  if (rate === undefined) return UNBOUNDED;
  const bucket = createTokenBucket(rate, { clock });
  let timer: Timer | undefined;
  return {
    get free() {
      return bucket.tokens;
    },
    tryTake: () => bucket.tryTake(),
    callBack() {
      if (bucket.tokens > 0) return;
      timer ??= clock.setTimer(bucket.retryAfterMs, () => {
        timer = undefined;
        onFree();
      });
    },
    stop: () => timer?.cancel(),
  };
}

const UNBOUNDED: Pace = { free: Infinity, tryTake: () => true, callBack: () => {}, stop: () => {} };
