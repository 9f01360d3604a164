import { AppError, backoffMs, type BackoffOptions, type Random } from '../core/index.ts';

/**
 * The wait before the attempt after `failures` failed ones (1 = after the first), in milliseconds: with full jitter, or the one that the
 * error's RetryInfo asks for where that is longer.
 */
export function retryDelayMs(error: unknown, failures: number, backoff: BackoffOptions, random: Random): number {
  return Math.max(backoffMs(failures, backoff, random), askedForMs(error));
}

function askedForMs(error: unknown): number {
  if (!(error instanceof AppError)) return 0;
  const info = error.details.find((detail) => detail.kind === 'retryInfo');
  return info?.retryDelayMs ?? 0;
}
