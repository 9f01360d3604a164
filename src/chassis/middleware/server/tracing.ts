import { STATUS_CODES, type CallTrace } from '../../core/index.ts';
import type { CallTracer, ServerTrace } from '../../tracing/index.ts';
import type { ServerPart } from './part.ts';

/** Puts each call into its caller's trace (W3C trace context); the chains run the handler inside the span, where there is one. */
export function createTracing(tracer: CallTracer): ServerPart {
  return {
    enter(call) {
      const span = tracer.server(call.method, call.incoming.headers);
      call.span = span;
      if (hasIds(span)) call.trace = span;
    },
    leave({ span, error, status, facts }) {
      if (span?.isRecording === true) span.end(STATUS_CODES[status], error, facts);
    },
  };
}

function hasIds(span: ServerTrace): span is ServerTrace & CallTrace {
  return span.traceparent !== undefined;
}
