import type { Clock } from '../../core/index.ts';
import {
  createBulkhead,
  createTokenBucket,
  rateLimited,
  type BulkheadStatus,
  type TokenBucket,
} from '../../resilience/index.ts';
import type { ServerCall } from './server-call.ts';

/** What is allowed; what is left out is not limited. */
export interface CallLimit {
  /** Calls per second, on average. */
  readonly ratePerSecond?: number | undefined;
  /** How many may come at once after a pause; default: those of a second, at least 1. */
  readonly burst?: number | undefined;
  /** Calls being served at a time. */
  readonly maxConcurrent?: number | undefined;
  /** Calls that wait for one of those places, in the order of arrival and no longer than their deadline; default 0. */
  readonly maxQueued?: number | undefined;
}

/** One limit in use. */
export interface Limiter {
  /**
   * Takes a token and a place: at once, or, where the place has to be waited for, once the promise resolves. Throws
   * RATE_LIMITED; rejects with BULKHEAD_FULL, or with an AbortError when the call is ended.
   */
  enter(call: ServerCall): Promise<void> | undefined;
  /** Gives the place back: once for each call that has entered. */
  leave(): void;
  /** Nobody is inside or waits. */
  readonly isIdle: boolean;
  readonly status: LimiterStatus;
}

/** Where a limit stands. */
export interface LimiterStatus {
  readonly limit: CallLimit;
  readonly places: BulkheadStatus | undefined;
  /** Whole calls that may come now. */
  readonly tokens: number | undefined;
  /** Refused since it was set. */
  readonly rejections: number;
}

/** What limiters measure time by. */
export type LimiterClock = Pick<Clock, 'monotonicMs' | 'setTimer'>;

/** Makes one; `subject` stands for it in errors: "/tradewind.user.v1.AuthService/SignIn", "calls of gateway". */
export function createLimiter(subject: string, limit: CallLimit, clock: LimiterClock): Limiter {
  const { maxConcurrent, maxQueued = 0 } = limit;
  const bucket = bucketOf(limit, clock);
  const places =
    maxConcurrent === undefined ? undefined : createBulkhead(subject, { maxConcurrent, maxQueued }, { clock });
  return {
    enter(call) {
      if (bucket !== undefined && !bucket.tryTake()) throw rateLimited(subject, bucket.retryAfterMs);
      if (places === undefined || places.tryEnter()) return undefined;
      return places.enter({ deadlineMs: call.deadlineMs, signal: call.signal });
    },
    leave: () => places?.leave(),
    get isIdle() {
      return places === undefined || places.status.inside + places.status.queued === 0;
    },
    get status() {
      const rejections = (bucket?.rejections ?? 0) + (places?.status.rejections ?? 0);
      return { limit, places: places?.status, tokens: bucket?.tokens, rejections };
    },
  };
}

function bucketOf({ ratePerSecond, burst }: CallLimit, clock: LimiterClock): TokenBucket | undefined {
  if (ratePerSecond === undefined) return undefined;
  return createTokenBucket({ ratePerSecond, burst: burst ?? Math.max(1, Math.ceil(ratePerSecond)) }, { clock });
}
