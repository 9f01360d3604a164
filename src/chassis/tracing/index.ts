export { createCallTracer, type CallTracer, type CallTracerOptions } from './call-tracer.ts';
export { SAMPLED_ROOT } from './sampled-root.ts';
export type { AttemptDetails, ClientTrace, IncomingTrace, ServerTrace, TracedCall } from './traces.ts';
