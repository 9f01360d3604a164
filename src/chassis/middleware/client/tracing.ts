import { SpanKind, SpanStatusCode, trace, type TextMapPropagator, type Tracer } from '@opentelemetry/api';
import { ClientError, Metadata, type CallOptions, type ClientMiddlewareCall } from 'nice-grpc-common';

import { STATUS_CODES, isAbortError } from '../../core/index.ts';
import { outgoingOf, type ChainOptions } from './outgoing-call.ts';

const SETTER = { set: (metadata: Metadata, key: string, value: string) => void metadata.set(key, value) };

/**
 * One client span per attempt, below the retries, its context injected as W3C trace context: the server's span hangs
 * below the attempt that reached it, and a retry is seen as a second span beside the first. No span for the call as a
 * whole: the caller's own covers it. Attributes follow OpenTelemetry's RPC conventions.
 */
export function createTracingMiddleware(tracer: Tracer, propagator: TextMapPropagator) {
  return async function* tracing<Request, Response>(
    call: ClientMiddlewareCall<Request, Response, ChainOptions>,
    options: CallOptions & Partial<ChainOptions>,
  ) {
    const outgoing = outgoingOf(options);
    const [service = '', method = ''] = call.method.path.slice(1).split('/');
    const span = tracer.startSpan(
      `${service}/${method}`,
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'rpc.system': 'grpc',
          'rpc.service': service,
          'rpc.method': method,
          'tradewind.target': outgoing.target,
          'tradewind.attempt': outgoing.attempts,
        },
      },
      outgoing.traceContext,
    );
    const metadata = options.metadata ?? Metadata();
    propagator.inject(trace.setSpan(outgoing.traceContext, span), metadata, SETTER);
    let code: number = STATUS_CODES.OK;
    try {
      return yield* call.next(call.request, { ...options, metadata });
    } catch (error) {
      code = codeOf(error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      span.setAttribute('rpc.grpc.status_code', code);
      const peer = outgoing.subchannel?.address;
      if (peer !== undefined) span.setAttribute('network.peer.address', peer);
      span.end();
    }
  };
}

function codeOf(error: unknown): number {
  if (error instanceof ClientError) return error.code;
  return isAbortError(error) ? STATUS_CODES.CANCELLED : STATUS_CODES.UNKNOWN;
}
