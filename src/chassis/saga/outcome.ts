import { AppError, isPermanent } from '../core/index.ts';
import type { SagaFailure } from './state.ts';

/** How one attempt of a step or of a compensation ended. */
export type Outcome = { readonly kind: 'succeeded'; readonly output: unknown } | Failed;

/** It ended otherwise. */
export type Failed =
  /** The participant said no, and would say so again: trying once more is no use. */
  | { readonly kind: 'refused'; readonly failure: SagaFailure }
  /** The effect may have happened or may still happen. */
  | { readonly kind: 'unknown'; readonly failure: SagaFailure; readonly retryAfterMs: number | undefined }
  /** The worker stopped in the middle of the attempt: it is made again, and does not count against the policy. */
  | { readonly kind: 'interrupted'; readonly failure: SagaFailure };

/** Reads an error as the participant's answer; what is no AppError counts as INTERNAL, which is worth another attempt. */
export function classify(error: unknown): Outcome {
  const appError = AppError.from(error);
  const failure = toFailure(appError);
  if (isPermanent(appError.status)) return { kind: 'refused', failure };
  const retryInfo = appError.details.find((detail) => detail.kind === 'retryInfo');
  return { kind: 'unknown', failure, retryAfterMs: retryInfo?.retryDelayMs };
}

/** What is kept of an error. A bug's own text is kept as well: the history is for operators. */
export function toFailure(error: AppError): SagaFailure {
  const cause = error.status === 'INTERNAL' && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return {
    status: error.status,
    reason: error.reason,
    ...(error.domain === undefined ? {} : { domain: error.domain }),
    message: `${error.message}${cause}`,
    ...(Object.keys(error.metadata).length === 0 ? {} : { metadata: error.metadata }),
  };
}
