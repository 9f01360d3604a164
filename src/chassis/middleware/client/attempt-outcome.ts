import { ClientError } from 'nice-grpc-common';

import { HEADERS, STATUS_CODES, type AppError } from '../../core/index.ts';
import { fromStatusDetails } from '../../errors/index.ts';
import type { UnaryOutcome } from '../../transport/index.ts';

/** How one attempt of a unary call ended. */
export type AttemptOutcome =
  | UnaryOutcome
  /** The picker had nobody to send it to. */
  | { readonly kind: 'unsent'; readonly error: AppError };

/** An attempt that failed. */
export type FailedOutcome = Exclude<AttemptOutcome, { kind: 'reply' }>;

/** A failed attempt as nice-grpc's retry middleware knows it. */
export class AttemptError extends ClientError {
  readonly outcome: FailedOutcome;

  constructor(path: string, outcome: FailedOutcome) {
    super(path, codeOf(outcome), outcome.kind === 'unsent' ? outcome.error.message : outcome.message);
    this.outcome = outcome;
  }
}

/** The gRPC status number. */
export function codeOf(outcome: AttemptOutcome): number {
  switch (outcome.kind) {
    case 'reply':
      return STATUS_CODES.OK;
    case 'failure':
      return outcome.code;
    case 'unsent':
      return outcome.error.code;
  }
}

/** What the caller sees for it: the peer's status with the reason and details it sent. */
export function errorOf(path: string, outcome: FailedOutcome): AppError {
  if (outcome.kind === 'unsent') return outcome.error;
  const { code, message, trailer } = outcome;
  const cause = new ClientError(path, code, message);
  return fromStatusDetails(trailer?.get(HEADERS.statusDetails), { code, message, cause });
}
