export { acceptBaggage } from './baggage.ts';
export { createCallTracer, type CallTracer, type CallTracerOptions } from './call-tracer.ts';
export { isServerFault } from './faults.ts';
export type { KeptSpan, KeptSpans } from './kept-spans.ts';
export { factAttributes, rpcAttributes } from './recorded-trace.ts';
export { SAMPLED_ROOT } from './sampled-root.ts';
export { DEFAULT_SAMPLING, createSampling, type Sampling, type SamplingRule } from './sampling.ts';
export { isSampled, toSpanContext, toTraceparent } from './trace-parent.ts';
export type { AttemptDetails, ClientTrace, IncomingTrace, ServerTrace, TracedCall } from './traces.ts';
export type { AttemptWatch } from './watched-attempt.ts';
export {
  contextOf,
  idsOf,
  outsideOfTraces,
  recordWork,
  recordedContext,
  recordedTraceparent,
  startWork,
  withinTrace,
  type Work,
  type WorkFailure,
  type WorkSpan,
} from './work-span.ts';
