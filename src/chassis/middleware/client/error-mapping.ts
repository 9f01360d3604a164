import { ClientError, type CallOptions, type ClientMiddlewareCall } from 'nice-grpc-common';

import { fromStatusDetails } from '../../errors/index.ts';
import { AppError, HEADERS, abortError } from '../../core/index.ts';
import { outgoingOf, type ChainOptions, type OutgoingCall } from './outgoing-call.ts';

/**
 * Whatever ends a call in failure leaves it as an AppError: the peer's status with the reason and details it sent, the
 * deadline as DEADLINE_EXCEEDED, the caller's own abort as CANCELLED (the AbortError its cause).
 */
export async function* errorMapping<Request, Response>(
  call: ClientMiddlewareCall<Request, Response, ChainOptions>,
  options: CallOptions & Partial<ChainOptions>,
) {
  try {
    return yield* call.next(call.request, options);
  } catch (error) {
    throw toAppError(error, outgoingOf(options));
  }
}

/** The error a caller sees for what an attempt threw. */
export function toAppError(error: unknown, outgoing: OutgoingCall): AppError {
  if (outgoing.signal.aborted) {
    // Whatever the torn-down attempt reported, the reason it was torn down for is the truth.
    const reason: unknown = outgoing.signal.reason;
    return reason instanceof AppError ? reason : AppError.from(abortError(outgoing.signal));
  }
  if (error instanceof ClientError) {
    const { trailer } = outgoing;
    return fromStatusDetails(trailer?.get(HEADERS.statusDetails), {
      ...{ code: error.code, message: error.details, cause: error },
      isRetried: trailer?.get(HEADERS.retried) === '1',
    });
  }
  return AppError.from(error);
}
