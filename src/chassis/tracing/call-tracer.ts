import { ROOT_CONTEXT, TraceFlags, isSpanContextValid, trace, type Context, type Tracer } from '@opentelemetry/api';

import type { CallTrace, Random } from '../core/index.ts';
import { PassedOnTrace } from './passed-on-trace.ts';
import { recordClientSpan, recordServerSpan } from './recorded-trace.ts';
import { SAMPLED_ROOT } from './sampled-root.ts';
import { createTraceIds } from './trace-ids.ts';
import {
  asVersion00,
  cleanTracestate,
  isSampled,
  isTraceparent,
  toSpanContext,
  toTraceparent,
} from './trace-parent.ts';
import type { ClientTrace, IncomingTrace, ServerTrace, TracedCall } from './traces.ts';

/** How calls are traced. */
export interface CallTracerOptions {
  /** Makes the spans of what is recorded. */
  readonly tracer: Tracer;
  readonly random: Random;
  /**
   * The share, from 0 to 1, that is recorded of the traces that begin here. Undefined: the tracer's own sampler is asked
   * each time, which is right for an application's own tracer and costs a span.
   */
  readonly rootRatio?: number | undefined;
}

/**
 * Traces calls. Whether a call is recorded is decided before anything is made for it: as its parent was, or by the ratio
 * where a trace begins. What is not recorded has ids, which are passed on, and neither span nor OpenTelemetry context.
 */
export interface CallTracer {
  /** One attempt of an outgoing call, below the span that was active where the call was made, else below the call served there. */
  client(call: TracedCall): ClientTrace;
  /** An incoming call, below its caller's. A malformed `traceparent` begins a new trace, as W3C Trace Context asks. */
  server(path: string, parent: IncomingTrace): ServerTrace;
}

/** Makes a tracer of calls. Throws a RangeError for a ratio that is none. */
export function createCallTracer({ tracer, random, rootRatio }: CallTracerOptions): CallTracer {
  if (rootRatio !== undefined && !(rootRatio >= 0 && rootRatio <= 1)) {
    throw new RangeError(`rootRatio must be a number from 0 to 1, not ${rootRatio}`);
  }
  const newTraceparent = createTraceIds(random);
  const isRootRecorded = rootRatio === undefined ? () => true : () => random.next() < rootRatio;
  const root = (context: Context) => (rootRatio === undefined ? context : context.setValue(SAMPLED_ROOT, true));

  return {
    client(call) {
      const active = trace.getSpanContext(call.traceContext);
      if (active !== undefined && isSpanContextValid(active)) {
        if ((active.traceFlags & TraceFlags.SAMPLED) !== 0) return recordClientSpan(tracer, call, call.traceContext);
        return new PassedOnTrace(toTraceparent(active), active.traceState?.serialize());
      }
      const parent = call.incoming?.trace;
      if (parent === undefined) {
        if (!isRootRecorded()) return new PassedOnTrace(newTraceparent(), undefined);
        return recordClientSpan(tracer, call, root(call.traceContext));
      }
      if (!isSampled(parent.traceparent)) return new PassedOnTrace(parent.traceparent, parent.tracestate);
      return recordClientSpan(tracer, call, below(call.traceContext, parent));
    },

    server(path, { traceparent, tracestate }) {
      if (traceparent !== undefined && isTraceparent(traceparent)) {
        const parent = { traceparent: asVersion00(traceparent), tracestate: cleanTracestate(tracestate) };
        if (!isSampled(traceparent)) return new PassedOnTrace(parent.traceparent, parent.tracestate);
        return recordServerSpan(tracer, path, below(ROOT_CONTEXT, parent));
      }
      if (isRootRecorded()) return recordServerSpan(tracer, path, root(ROOT_CONTEXT));
      return new PassedOnTrace(newTraceparent(), undefined);
    },
  };
}

function below(context: Context, { traceparent, tracestate }: CallTrace): Context {
  return trace.setSpanContext(context, toSpanContext(traceparent, tracestate));
}
