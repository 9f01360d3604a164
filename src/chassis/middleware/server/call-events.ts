import type { CallContext as WireContext, ServerMiddleware, ServerMiddlewareCall } from 'nice-grpc-common';

import { AppError, currentCall, type Clock, type Emitter } from '../../core/index.ts';
import type { ServerCallEvents } from './events.ts';

/** Tells when each call begins and how it ends; a stream that the caller leaves early ends as CANCELLED. */
export function callEventsMiddleware(
  events: Emitter<ServerCallEvents>,
  clock: Pick<Clock, 'monotonicMs'>,
): ServerMiddleware {
  return async function* callEvents<Request, Response>(
    message: ServerMiddlewareCall<Request, Response>,
    wire: WireContext,
  ) {
    const call = currentCall();
    if (call === undefined) throw new Error('callEvents stands inside callContext');
    const startedMs = clock.monotonicMs();
    let isAnswered = false;
    let error: AppError | undefined;
    events.emit('started', { call });
    try {
      const result = yield* message.next(message.request, wire);
      isAnswered = true;
      return result;
    } catch (thrown) {
      error = AppError.from(thrown);
      throw error;
    } finally {
      const status = error?.status ?? (isAnswered ? 'OK' : 'CANCELLED');
      events.emit('ended', { call, status, durationMs: clock.monotonicMs() - startedMs, error });
    }
  };
}
