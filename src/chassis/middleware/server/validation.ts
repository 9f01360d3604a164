import type { CallContext, ServerMiddleware, ServerMiddlewareCall } from 'nice-grpc-common';

import { AppError, invalidArgument } from '../../core/index.ts';
import type { Validate } from '../../validation/index.ts';

/** Stands where a request would be whose bytes are no message of its type; the server's decoder makes it. */
export class MalformedMessage {
  readonly cause: unknown;

  constructor(cause: unknown) {
    this.cause = cause;
  }
}

/**
 * Holds requests against the contract's rules before the handler sees them, streamed ones as they arrive. All that is
 * wrong is told at once: INVALID_ARGUMENT, VALIDATION_FAILED, a BadRequest violation per rule. `rules` is by RPC path.
 */
export function validationMiddleware(rules: ReadonlyMap<string, Validate>): ServerMiddleware {
  return async function* validation<Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    context: CallContext,
  ) {
    const validate = rules.get(call.method.path);
    if (call.requestStream) {
      const requests = validated(call.request, validate);
      const result = yield* call.next(requests.messages, context);
      if (requests.refused !== undefined) throw requests.refused;
      return result;
    }
    assertValid(call.request, validate);
    return yield* call.next(call.request, context);
  };
}

interface Validated<Request> {
  readonly messages: AsyncIterable<Request>;
  /** Set once a message was refused: the call fails with it even when the handler passes over it. */
  refused: unknown;
}

function validated<Request>(requests: AsyncIterable<Request>, validate: Validate | undefined): Validated<Request> {
  const state: Validated<Request> = { messages: read(), refused: undefined };
  async function* read() {
    for await (const message of requests) {
      try {
        assertValid(message, validate);
      } catch (error) {
        state.refused = error;
        throw error;
      }
      yield message;
    }
  }
  return state;
}

function assertValid(message: unknown, validate: Validate | undefined): void {
  if (message instanceof MalformedMessage) {
    throw new AppError({
      status: 'INVALID_ARGUMENT',
      reason: 'MALFORMED_MESSAGE',
      message: 'the request is not a valid encoding of its message type',
      domain: 'tradewind',
      cause: message.cause,
    });
  }
  const violations = validate?.(message) ?? [];
  if (violations.length > 0) throw validationFailed(violations);
}

function validationFailed(violations: Parameters<typeof invalidArgument>[0]): AppError {
  const { status, reason, message, details } = invalidArgument(violations);
  return new AppError({ status, reason, message, details, domain: 'tradewind' });
}
