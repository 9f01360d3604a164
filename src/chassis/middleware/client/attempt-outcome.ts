import { ClientError } from 'nice-grpc-common';

import { AppError, HEADERS, STATUS_CODES } from '../../core/index.ts';
import { fromStatusDetails } from '../../errors/index.ts';
import type { UnaryOutcome } from '../../transport/index.ts';

/** How one attempt of a unary call ended. */
export type AttemptOutcome =
  | UnaryOutcome
  /** The picker had nobody to send it to. */
  | { readonly kind: 'unsent'; readonly error: AppError }
  /** It took longer than one attempt may, and was cancelled; the call itself goes on. */
  | { readonly kind: 'timed out'; readonly afterMs: number };

/** An attempt that failed. */
export type FailedOutcome = Exclude<AttemptOutcome, { kind: 'reply' }>;

/** A failed attempt as nice-grpc's retry middleware knows it. */
export class AttemptError extends ClientError {
  readonly outcome: FailedOutcome;

  constructor(path: string, outcome: FailedOutcome) {
    super(path, codeOf(outcome), messageOf(outcome));
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
    case 'timed out':
      return STATUS_CODES.DEADLINE_EXCEEDED;
  }
}

/** What it says of itself. */
export function messageOf(outcome: FailedOutcome): string {
  switch (outcome.kind) {
    case 'failure':
      return outcome.message;
    case 'unsent':
      return outcome.error.message;
    case 'timed out':
      return `the attempt was given up after ${outcome.afterMs} ms`;
  }
}

/** True: no handler saw the attempt. */
export function isUnprocessed(outcome: FailedOutcome): boolean {
  return outcome.kind === 'unsent' || (outcome.kind === 'failure' && outcome.isUnprocessed);
}

/** What the caller sees for it: the peer's status with the reason and details it sent. */
export function errorOf(path: string, outcome: FailedOutcome, { isRetried }: { isRetried: boolean }): AppError {
  switch (outcome.kind) {
    case 'unsent':
      return outcome.error; // nobody was asked, so others may find somebody
    case 'timed out':
      return new AppError({
        status: 'DEADLINE_EXCEEDED',
        reason: 'ATTEMPT_TIMEOUT',
        domain: 'tradewind',
        message: `${path}: ${messageOf(outcome)}`,
        isRetried,
      });
    case 'failure': {
      const { code, message, trailer } = outcome;
      const cause = new ClientError(path, code, message);
      return fromStatusDetails(trailer?.get(HEADERS.statusDetails), {
        ...{ code, message, cause },
        isRetried: isRetried || isPassedOn(outcome),
      });
    }
  }
}

/** True: the peer passes on what a call of its own failed with, and has tried that again already. */
export function isPassedOn(outcome: FailedOutcome): boolean {
  return outcome.kind === 'failure' && outcome.trailer?.get(HEADERS.retried) === '1';
}
