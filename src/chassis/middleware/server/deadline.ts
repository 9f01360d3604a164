import type { CallContext, Metadata, ServerMiddleware, ServerMiddlewareCall } from 'nice-grpc-common';

import { AppError, currentCall, type Clock } from '../../core/index.ts';

/**
 * Where the server's interceptor leaves the deadline for the middleware: milliseconds on the monotonic clock. grpc-js
 * reads and removes `grpc-timeout` and nice-grpc has no place for it. The interceptor always writes or removes it, so
 * that a client cannot.
 */
export const DEADLINE_METADATA = 'x-tradewind-internal-deadline';

/** The call's deadline on the monotonic clock; undefined: the caller set none. */
export function deadlineOf(metadata: Metadata): number | undefined {
  const text = metadata.get(DEADLINE_METADATA);
  return text === undefined ? undefined : Number(text);
}

/** Does not start a call whose deadline has passed while it waited: nobody reads the answer. */
export function deadlineMiddleware(clock: Pick<Clock, 'monotonicMs'>): ServerMiddleware {
  return function deadline<Request, Response>(call: ServerMiddlewareCall<Request, Response>, context: CallContext) {
    const deadlineMs = currentCall()?.deadlineMs;
    if (deadlineMs !== undefined && deadlineMs <= clock.monotonicMs()) {
      throw new AppError({
        status: 'DEADLINE_EXCEEDED',
        reason: 'DEADLINE_EXCEEDED',
        message: 'the deadline passed before the call was started',
        domain: 'tradewind',
      });
    }
    return call.next(call.request, context);
  };
}
