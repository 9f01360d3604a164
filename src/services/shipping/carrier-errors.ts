import { AppError } from '../../chassis/core/index.ts';

/** When the carrier names no time, callers are told to wait this long, in milliseconds. */
const DEFAULT_RETRY_DELAY_MS = 500;
const MAX_RETRY_DELAY_MS = 60_000;

/** UNAVAILABLE, CARRIER_UNAVAILABLE: no answer, or only "later"; whether it happened is unknown. `retryAfter`: the HTTP header. */
export function carrierUnavailable(cause: unknown, retryAfter?: string | null): AppError {
  const seconds = Number(retryAfter ?? Number.NaN);
  const retryDelayMs = seconds > 0 ? Math.min(seconds * 1_000, MAX_RETRY_DELAY_MS) : DEFAULT_RETRY_DELAY_MS;
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'CARRIER_UNAVAILABLE',
    message: 'the carrier did not answer; repeat the call with the same request_id to learn the outcome',
    details: [{ kind: 'retryInfo', retryDelayMs }],
    cause,
  });
}

/** A reply that the carrier's documentation does not have: a defect here or there, for the log. */
export function unexpectedReply(status: number, code: string): Error {
  return new Error(`the carrier answered ${status}${code === '' ? '' : ` ${code}`}, which nothing here expects`);
}
