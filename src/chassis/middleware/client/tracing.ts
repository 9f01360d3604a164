import { ClientError, Metadata, type CallOptions, type ClientMiddlewareCall } from 'nice-grpc-common';

import { AppError, HEADERS, STATUS_CODES, isAbortError } from '../../core/index.ts';
import type { CallTracer } from '../../tracing/index.ts';
import { outgoingOf, type ChainOptions } from './outgoing-call.ts';

/**
 * One client span per attempt, its ids sent as W3C trace context: the server's span hangs below the attempt that reached
 * it. No span for the call as a whole: the caller's own covers it.
 */
export function createTracingMiddleware(tracing: CallTracer) {
  return async function* tracingMiddleware<Request, Response>(
    call: ClientMiddlewareCall<Request, Response, ChainOptions>,
    options: CallOptions & Partial<ChainOptions>,
  ) {
    const outgoing = outgoingOf(options);
    const attempt = tracing.client(outgoing);
    const metadata = options.metadata ?? Metadata();
    if (attempt.traceparent !== undefined) {
      metadata.set(HEADERS.traceparent, attempt.traceparent);
      metadata.set(HEADERS.tracestate, attempt.tracestate ?? []);
    }
    let code: number = STATUS_CODES.OK;
    let message: string | undefined;
    try {
      return yield* call.next(call.request, { ...options, metadata });
    } catch (error) {
      code = codeOf(error);
      message = error instanceof Error ? error.message : String(error);
      throw error;
    } finally {
      attempt.end(code, { peer: outgoing.subchannel?.address, transport: 'plain', message });
    }
  };
}

function codeOf(error: unknown): number {
  if (error instanceof ClientError || error instanceof AppError) return error.code;
  return isAbortError(error) ? STATUS_CODES.CANCELLED : STATUS_CODES.UNKNOWN;
}
