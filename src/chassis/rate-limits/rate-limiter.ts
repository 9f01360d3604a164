import { checkNumber, type Guarded } from '../resilience/index.ts';

/** How much may be done. */
export interface RateLimit {
  /** By one key in one window. */
  readonly limit: number;
  /** In milliseconds. A key's window begins with the first thing it does after its last one. */
  readonly windowMs: number;
}

/** What a limiter says. */
export type RateVerdict =
  | { readonly kind: 'allowed'; readonly remaining: number }
  /** Until the window ends, in whole milliseconds. */
  | { readonly kind: 'limited'; readonly retryAfterMs: number };

/** Counts what each key does, in fixed windows. What is refused leaves the window as it is. */
export interface RateLimiter extends Guarded {
  /** Counts one, for a key of at most 200 characters: "user/0190...". Rejects only with an AbortError, with its call. */
  take(key: string): Promise<RateVerdict>;
}

/** Throws RangeError, with the field's name, for bounds that make no sense. */
export function checkRateLimit({ limit, windowMs }: RateLimit): void {
  checkNumber('limit', limit, { min: 1, max: 1_000_000_000, whole: true });
  checkNumber('windowMs', windowMs, { min: 1, whole: true });
}
