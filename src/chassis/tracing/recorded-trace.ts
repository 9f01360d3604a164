import {
  SpanKind,
  SpanStatusCode,
  context as otelContext,
  isSpanContextValid,
  trace,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';

import { STATUS_CODES } from '../core/index.ts';
import { NO_TRACE, PassedOnTrace } from './passed-on-trace.ts';
import { toTraceparent } from './trace-parent.ts';
import type { ClientTrace, ServerTrace, TracedCall } from './traces.ts';

/** Statuses that are the server's fault. Source: OpenTelemetry's semantic conventions for gRPC servers. */
const SERVER_FAULTS = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

/** The span of one attempt. Attributes follow OpenTelemetry's RPC conventions. */
export function recordClientSpan(tracer: Tracer, call: TracedCall, parent: Context): ClientTrace {
  const attributes = {
    ...rpcAttributes(call.method),
    'tradewind.target': call.target,
    'tradewind.attempt': call.attempts,
  };
  const span = tracer.startSpan(call.method.slice(1), { kind: SpanKind.CLIENT, attributes }, parent);
  if (!span.isRecording()) return notRecorded(span);
  return {
    ...idsOf(span),
    isRecording: true,
    end(code, { peer, transport, message }) {
      if (code !== STATUS_CODES.OK) {
        span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
      }
      span.setAttribute('rpc.grpc.status_code', code);
      if (peer !== undefined) span.setAttribute('network.peer.address', peer);
      if (transport !== undefined) span.setAttribute('tradewind.transport', transport);
      span.end();
    },
  };
}

/** The span of a call being served. Attributes follow OpenTelemetry's RPC conventions. */
export function recordServerSpan(tracer: Tracer, path: string, parent: Context): ServerTrace {
  const options = { kind: SpanKind.SERVER, attributes: rpcAttributes(path) };
  const span = tracer.startSpan(path.slice(1), options, parent);
  if (!span.isRecording()) return notRecorded(span);
  const inside = trace.setSpan(parent, span);
  return {
    ...idsOf(span),
    isRecording: true,
    within: (work) => otelContext.with(inside, work),
    end(code, error) {
      span.setAttribute('rpc.grpc.status_code', code);
      if (error !== undefined) {
        span.setAttribute('error.type', error.reason);
        if (SERVER_FAULTS.has(error.status)) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
          if (error.cause instanceof Error) span.recordException(error.cause);
        }
      }
      span.end();
    },
  };
}

/** The tracer's own sampler decided against it, or there is none behind the tracer. */
function notRecorded(span: Span): ClientTrace & ServerTrace {
  if (!isSpanContextValid(span.spanContext())) return NO_TRACE;
  const { traceparent, tracestate } = idsOf(span);
  return new PassedOnTrace(traceparent, tracestate);
}

function idsOf(span: Span) {
  const context = span.spanContext();
  return { traceparent: toTraceparent(context), tracestate: context.traceState?.serialize() };
}

function rpcAttributes(path: string) {
  const [service = '', method = ''] = path.slice(1).split('/');
  return { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method };
}
