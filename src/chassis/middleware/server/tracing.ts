import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context as otelContext,
  trace,
  type Span,
  type TextMapGetter,
  type TextMapPropagator,
  type Tracer,
} from '@opentelemetry/api';
import type { CallContext as WireContext, Metadata, ServerMiddleware, ServerMiddlewareCall } from 'nice-grpc-common';

import { AppError, STATUS_CODES } from '../../core/index.ts';
import { iterateWithin } from './within.ts';

const METADATA: TextMapGetter<Metadata> = {
  keys: (metadata) => [...metadata].map(([key]) => key),
  get(metadata, key) {
    const value = metadata.get(key);
    return typeof value === 'string' ? value : undefined;
  },
};

/** What traces are made with. */
export interface Tracing {
  readonly tracer: Tracer;
  readonly propagator: TextMapPropagator;
}

/** Statuses that are the server's fault. Source: OpenTelemetry's semantic conventions for gRPC servers. */
const SERVER_FAULTS = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

/**
 * Makes a server span per call, below the caller's (W3C trace context), and runs the call inside it. Attributes follow
 * OpenTelemetry's RPC conventions.
 */
export function tracingMiddleware({ tracer, propagator }: Tracing): ServerMiddleware {
  return async function* tracing<Request, Response>(call: ServerMiddlewareCall<Request, Response>, wire: WireContext) {
    const name = call.method.path.slice(1);
    const [service = '', method = ''] = name.split('/');
    const parent = propagator.extract(ROOT_CONTEXT, wire.metadata, METADATA);
    const attributes = { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method };
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    const inside = trace.setSpan(parent, span);
    try {
      const result = yield* iterateWithin(
        (work) => otelContext.with(inside, work),
        () => call.next(call.request, wire),
      );
      span.setAttribute('rpc.grpc.status_code', STATUS_CODES.OK);
      return result;
    } catch (thrown) {
      recordError(span, AppError.from(thrown));
      throw thrown;
    } finally {
      span.end();
    }
  };
}

function recordError(span: Span, error: AppError): void {
  span.setAttributes({ 'rpc.grpc.status_code': error.code, 'error.type': error.reason });
  if (!SERVER_FAULTS.has(error.status)) return;
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  if (error.cause instanceof Error) span.recordException(error.cause);
}
