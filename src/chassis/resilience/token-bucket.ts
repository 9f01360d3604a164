import type { Clock } from '../core/index.ts';
import { checkNumber } from './check-number.ts';
import { SYSTEM } from './system.ts';

/** How much may pass. */
export interface TokenBucketOptions {
  /** Tokens that come in, per second. */
  readonly ratePerSecond: number;
  /** It holds no more, and begins full. */
  readonly burst: number;
}

/** Bounds a rate, and allows bursts. */
export interface TokenBucket {
  /** For gauges: whole tokens. */
  readonly tokens: number;
  /** Calls of `tryTake` that got nothing since it was made. */
  readonly rejections: number;
  /** How long until a token is there, in whole milliseconds; 0 when one is. */
  readonly retryAfterMs: number;
  /** Takes `count` tokens (default 1) or none of them. `nowMs` is on the monotonic clock. Allocates nothing. */
  tryTake(count?: number, nowMs?: number): boolean;
  /** New bounds from here on; it keeps the tokens that it has room for. */
  configure(options: TokenBucketOptions): void;
}

/**
 * A full bucket. What comes in is counted from the instant at which it was last full or changed, never added up in fractions,
 * so that counts are exact however often it is asked. Throws RangeError, with the field's name, for bounds that make no sense.
 */
export function createTokenBucket(
  options: TokenBucketOptions,
  { clock }: { readonly clock: Pick<Clock, 'monotonicMs'> } = SYSTEM,
): TokenBucket {
  let { ratePerSecond, burst } = checked(options);
  let tokens = burst;
  let originMs = clock.monotonicMs();
  let cameIn = 0; // since the origin
  let rejections = 0;

  const restart = (nowMs: number) => {
    originMs = nowMs;
    cameIn = 0;
  };
  const fill = (nowMs: number) => {
    const due = Math.floor(((nowMs - originMs) * ratePerSecond) / 1_000);
    if (due <= cameIn && tokens < burst) return;
    tokens += Math.max(0, due - cameIn);
    cameIn = Math.max(due, cameIn);
    if (tokens < burst) return;
    tokens = burst;
    restart(nowMs);
  };
  return {
    get tokens() {
      fill(clock.monotonicMs());
      return tokens;
    },
    get rejections() {
      return rejections;
    },
    get retryAfterMs() {
      const nowMs = clock.monotonicMs();
      fill(nowMs);
      return tokens >= 1 ? 0 : Math.ceil(originMs + ((cameIn + 1) * 1_000) / ratePerSecond - nowMs);
    },
    tryTake(count = 1, nowMs = clock.monotonicMs()) {
      fill(nowMs);
      if (tokens < count) {
        rejections += 1;
        return false;
      }
      tokens -= count;
      return true;
    },
    configure(next) {
      const nowMs = clock.monotonicMs();
      fill(nowMs);
      ({ ratePerSecond, burst } = checked(next));
      tokens = Math.min(tokens, burst);
      restart(nowMs);
    },
  };
}

function checked(options: TokenBucketOptions): TokenBucketOptions {
  checkNumber('ratePerSecond', options.ratePerSecond, { above: 0 });
  checkNumber('burst', options.burst, { min: 1, whole: true });
  return options;
}
