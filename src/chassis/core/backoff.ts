import type { Random } from './random.ts';

/** How waits grow between attempts. */
export interface BackoffOptions {
  /** The bound of the first wait, in milliseconds. */
  readonly baseMs: number;
  /** No wait is longer, in milliseconds. */
  readonly maxMs: number;
}

/** Defaults for calls inside one data centre. */
export const DEFAULT_BACKOFF: BackoffOptions = { baseMs: 50, maxMs: 2_000 };

/**
 * The wait before the attempt after `failures` failed ones (1 = after the first), with full jitter.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(failures: number, options: BackoffOptions, random: Random): number {
  const bound = Math.min(options.maxMs, options.baseMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(random.next() * bound);
}
