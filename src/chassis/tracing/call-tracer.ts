import { ROOT_CONTEXT, TraceFlags, isSpanContextValid, trace, type Context, type Tracer } from '@opentelemetry/api';

import type { CallTrace, Random } from '../core/index.ts';
import { PassedOnTrace } from './passed-on-trace.ts';
import { recordClientSpan, recordServerSpan } from './recorded-trace.ts';
import { SAMPLED_ROOT } from './sampled-root.ts';
import type { SamplingRule } from './sampling.ts';
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
import { WatchedAttempt, type AttemptWatch } from './watched-attempt.ts';

/** How calls are traced. */
export interface CallTracerOptions {
  /** Makes the spans of what is recorded. */
  readonly tracer: Tracer;
  readonly random: Random;
  /**
   * Read for each trace that begins here. Undefined: the tracer's own sampler is asked each time, which is right for an
   * application's own tracer and costs a span.
   */
  readonly sampling?: Pick<SamplingRule, 'rootRatio'> | undefined;
  /** Keeps attempts that are not recorded and fail or are slow; undefined: none is kept. */
  readonly watch?: AttemptWatch | undefined;
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

/** Makes a tracer of calls. */
export function createCallTracer({ tracer, random, sampling, watch }: CallTracerOptions): CallTracer {
  const newTraceparent = createTraceIds(random);
  const isRootRecorded = () => sampling === undefined || random.next() < sampling.rootRatio;
  const root = (context: Context) => (sampling === undefined ? context : context.setValue(SAMPLED_ROOT, true));

  const passOn = (call: TracedCall, { traceparent, tracestate }: CallTrace, isRoot: boolean): ClientTrace =>
    watch === undefined
      ? new PassedOnTrace(traceparent, tracestate, isRoot)
      : new WatchedAttempt({ traceparent, tracestate, isRoot }, call, watch);

  return {
    client(call) {
      const active = trace.getSpanContext(call.traceContext);
      if (active !== undefined && isSpanContextValid(active)) {
        if ((active.traceFlags & TraceFlags.SAMPLED) !== 0) return recordClientSpan(tracer, call, call.traceContext);
        const passedOn = { traceparent: toTraceparent(active), tracestate: active.traceState?.serialize() };
        return passOn(call, passedOn, false);
      }
      const parent = call.incoming?.trace;
      if (parent === undefined) {
        if (isRootRecorded()) return recordClientSpan(tracer, call, root(call.traceContext));
        return passOn(call, { traceparent: newTraceparent(), tracestate: undefined }, true);
      }
      if (!isSampled(parent.traceparent)) return passOn(call, parent, false);
      return recordClientSpan(tracer, call, below(call.traceContext, parent));
    },

    server(path, { traceparent, tracestate }) {
      if (traceparent !== undefined && isTraceparent(traceparent)) {
        const parent = { traceparent: asVersion00(traceparent), tracestate: cleanTracestate(tracestate) };
        if (!isSampled(traceparent)) return new PassedOnTrace(parent.traceparent, parent.tracestate);
        return recordServerSpan(tracer, path, below(ROOT_CONTEXT, parent));
      }
      if (isRootRecorded()) return recordServerSpan(tracer, path, root(ROOT_CONTEXT));
      return new PassedOnTrace(newTraceparent(), undefined, true);
    },
  };
}

function below(context: Context, { traceparent, tracestate }: CallTrace): Context {
  return trace.setSpanContext(context, toSpanContext(traceparent, tracestate));
}
