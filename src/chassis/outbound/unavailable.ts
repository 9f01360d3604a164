import { AppError } from '../core/index.ts';

/** When no time is named, callers are told to wait this long, in milliseconds. */
const DEFAULT_RETRY_DELAY_MS = 500;
const MAX_RETRY_DELAY_MS = 60_000;

/** An outside system, in errors. */
export interface Outside {
  /** "the carrier". */
  readonly name: string;
  /** The reason of the error when it gives no answer: "CARRIER_UNAVAILABLE". */
  readonly unavailableReason: string;
}

/**
 * UNAVAILABLE, with RetryInfo: no answer, or only "later"; whether it happened is unknown. The wait is `retryAfter`, the HTTP
 * header, or the cause's own.
 */
export function unavailable(
  { name, unavailableReason }: Outside,
  { cause, retryAfter }: { readonly cause?: unknown; readonly retryAfter?: string | undefined } = {},
): AppError {
  const seconds = Number(retryAfter ?? Number.NaN);
  const delayMs = seconds > 0 ? seconds * 1_000 : (retryDelayOf(cause) ?? DEFAULT_RETRY_DELAY_MS);
  return new AppError({
    status: 'UNAVAILABLE',
    reason: unavailableReason,
    message: `${name} did not answer; repeat the call with the same request_id to learn the outcome`,
    details: [{ kind: 'retryInfo', retryDelayMs: Math.min(delayMs, MAX_RETRY_DELAY_MS) }],
    cause,
  });
}

function retryDelayOf(cause: unknown): number | undefined {
  if (!(cause instanceof AppError)) return undefined;
  return cause.details.find((detail) => detail.kind === 'retryInfo')?.retryDelayMs;
}
