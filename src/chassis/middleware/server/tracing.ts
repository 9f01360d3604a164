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

import { AppError } from '../../core/index.ts';
import { iterateWithin } from './within.ts';

/**
 * Attribute names. Copied, as OpenTelemetry advises for conventions that may still change.
 * Source: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
 */
const ATTRIBUTES = {
  system: 'rpc.system.name',
  method: 'rpc.method',
  status: 'rpc.response.status_code',
  errorType: 'error.type',
} as const;

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

/** Makes a server span per call, below the caller's (W3C trace context), and runs the call inside it. */
export function tracingMiddleware({ tracer, propagator }: Tracing): ServerMiddleware {
  return async function* tracing<Request, Response>(call: ServerMiddlewareCall<Request, Response>, wire: WireContext) {
    const name = call.method.path.slice(1);
    const parent = propagator.extract(ROOT_CONTEXT, wire.metadata, METADATA);
    const attributes = { [ATTRIBUTES.system]: 'grpc', [ATTRIBUTES.method]: name };
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    const inside = trace.setSpan(parent, span);
    try {
      const result = yield* iterateWithin(
        (work) => otelContext.with(inside, work),
        () => call.next(call.request, wire),
      );
      span.setAttribute(ATTRIBUTES.status, 'OK');
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
  span.setAttributes({ [ATTRIBUTES.status]: error.status, [ATTRIBUTES.errorType]: error.reason });
  if (!SERVER_FAULTS.has(error.status)) return;
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  if (error.cause instanceof Error) span.recordException(error.cause);
}
