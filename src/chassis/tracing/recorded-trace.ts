import {
  SpanKind,
  SpanStatusCode,
  context as otelContext,
  isSpanContextValid,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanStatus,
  type Tracer,
} from '@opentelemetry/api';

import { STATUS_CODES, type CallFacts } from '../core/index.ts';
import { isServerFault } from './faults.ts';
import { NO_TRACE, PassedOnTrace } from './passed-on-trace.ts';
import { toTraceparent } from './trace-parent.ts';
import type { AttemptDetails, ClientTrace, ServerTrace, TracedCall } from './traces.ts';

/** The span of one attempt. Attributes follow OpenTelemetry's RPC conventions. */
export function recordClientSpan(tracer: Tracer, call: TracedCall, parent: Context): ClientTrace {
  const attributes = attemptAttributes(call);
  const span = tracer.startSpan(call.method.slice(1), { kind: SpanKind.CLIENT, attributes }, parent);
  if (!span.isRecording()) return notRecorded(span);
  return {
    ...idsOf(span),
    isRecording: true,
    end(code, details) {
      span.setStatus(attemptStatus(code, details));
      span.setAttributes(outcomeAttributes(code, details));
      span.end();
    },
  };
}

/** What is known of an attempt when it begins. */
export function attemptAttributes({ method, target, attempts }: TracedCall): Attributes {
  return { ...rpcAttributes(method), 'tradewind.target': target, 'tradewind.attempt': attempts };
}

/** What is known of it at its end. */
export function outcomeAttributes(code: number, { peer, transport }: AttemptDetails): Attributes {
  return {
    'rpc.grpc.status_code': code,
    ...(peer !== undefined && { 'network.peer.address': peer }),
    ...(transport !== undefined && { 'tradewind.transport': transport }),
  };
}

/** A client's span is an error whatever failed. Source: OpenTelemetry's semantic conventions for gRPC clients. */
export function attemptStatus(code: number, { message }: AttemptDetails): SpanStatus {
  if (code === STATUS_CODES.OK) return { code: SpanStatusCode.UNSET };
  return { code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) };
}

/** The span of a call being served. Attributes follow OpenTelemetry's RPC conventions. */
export function recordServerSpan(tracer: Tracer, path: string, parent: Context): ServerTrace {
  const options = { kind: SpanKind.SERVER, attributes: rpcAttributes(path) };
  const span = tracer.startSpan(path.slice(1), options, parent);
  if (!span.isRecording()) return notRecorded(span);
  const inside = trace.setSpan(parent, span);
  return {
    ...idsOf(span),
    isRoot: false,
    isRecording: true,
    within: (work) => otelContext.with(inside, work),
    end(code, error, facts) {
      span.setAttribute('rpc.grpc.status_code', code);
      span.setAttributes(factAttributes(facts));
      if (error !== undefined) {
        span.setAttribute('error.type', error.reason);
        if (isServerFault(error.status)) {
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

/** What a call was about: "tradewind.orderId". */
export function factAttributes(facts: CallFacts | undefined): Attributes {
  if (facts === undefined) return {};
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [`tradewind.${name}`, value]));
}

/** Source: OpenTelemetry's semantic conventions for RPC. */
export function rpcAttributes(path: string): Attributes {
  const [service = '', method = ''] = path.slice(1).split('/');
  return { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method };
}
