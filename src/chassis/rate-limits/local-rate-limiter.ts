import { createEmitter, systemClock, type Clock } from '../core/index.ts';
import type { PolicyEvents } from '../resilience/index.ts';
import { checkRateLimit, type RateLimit, type RateLimiter, type RateVerdict } from './rate-limiter.ts';

/** How a limiter of one process counts. */
export interface LocalRateLimiterOptions extends RateLimit {
  /** What is limited, in telemetry: "writes". */
  readonly subject: string;
  /** It knows no more; beyond, the oldest window is forgotten, which lets its key begin anew. Default 100,000. */
  readonly maxKeys?: number;
}

interface Window {
  readonly endsAtMs: number;
  taken: number;
}

const DEFAULT_MAX_KEYS = 100_000;

/**
 * Counts in this process alone: replicas each allow the whole limit. No timers; its memory is bounded by `maxKeys`. Throws
 * RangeError, with the field's name, for bounds that make no sense.
 */
export function createLocalRateLimiter(
  options: LocalRateLimiterOptions,
  { clock }: { readonly clock: Pick<Clock, 'monotonicMs'> } = { clock: systemClock },
): RateLimiter {
  checkRateLimit(options);
  const { subject, limit, windowMs, maxKeys = DEFAULT_MAX_KEYS } = options;
  const events = createEmitter<PolicyEvents>();
  const windows = new Map<string, Window>(); // all of one length, so their order is that of their ends

  const forgetOld = (nowMs: number) => {
    for (const [key, { endsAtMs }] of windows) {
      if (endsAtMs > nowMs && windows.size < maxKeys) return;
      windows.delete(key);
    }
  };
  const windowOf = (key: string, nowMs: number): Window => {
    const known = windows.get(key);
    if (known !== undefined && known.endsAtMs > nowMs) return known;
    windows.delete(key);
    forgetOld(nowMs);
    const fresh = { endsAtMs: nowMs + windowMs, taken: 0 };
    windows.set(key, fresh);
    return fresh;
  };

  return {
    events,
    async take(key): Promise<RateVerdict> {
      const nowMs = clock.monotonicMs();
      const window = windowOf(key, nowMs);
      if (window.taken >= limit) {
        events.emit('rejected', { subject, reason: 'RATE_LIMITED' });
        return { kind: 'limited', retryAfterMs: Math.ceil(window.endsAtMs - nowMs) };
      }
      window.taken += 1;
      return { kind: 'allowed', remaining: limit - window.taken };
    },
  };
}
