import { AppError, invalidArgument, type FieldViolation } from '../../core/index.ts';
import type { ServerPart } from './part.ts';

/** Stands where a request would be whose bytes are no message of its type; the server's decoder makes it. */
export class MalformedMessage {
  readonly cause: unknown;

  constructor(cause: unknown) {
    this.cause = cause;
  }
}

/**
 * Holds requests against the contract's rules before the handler sees them, streamed ones as they arrive. All that is
 * wrong is told at once: INVALID_ARGUMENT, VALIDATION_FAILED, a BadRequest violation per rule.
 */
export const validation: ServerPart = {
  check({ served }, message) {
    if (message instanceof MalformedMessage) throw malformed(message);
    const violations = served.validate?.(message);
    if (violations !== undefined && violations.length > 0) throw validationFailed(violations);
  },
};

function malformed({ cause }: MalformedMessage): AppError {
  return new AppError({
    status: 'INVALID_ARGUMENT',
    reason: 'MALFORMED_MESSAGE',
    message: 'the request is not a valid encoding of its message type',
    domain: 'tradewind',
    cause,
  });
}

function validationFailed(violations: readonly FieldViolation[]): AppError {
  const { status, reason, message, details } = invalidArgument(violations);
  return new AppError({ status, reason, message, details, domain: 'tradewind' });
}
