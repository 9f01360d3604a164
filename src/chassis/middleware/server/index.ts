export { access } from './access.ts';
export { createAdmission, type Admission } from './admission.ts';
export { createAuthentication, type VerifyToken } from './authentication.ts';
export {
  NO_CALL_LIMITS,
  createCallLimits,
  type CallLimits,
  type CallLimitsConfig,
  type CallLimitsStatus,
} from './call-limits.ts';
export { createCallEvents } from './call-events.ts';
export { callers } from './callers.ts';
export { cancelledByCaller, createDeadline, deadlineExceeded } from './deadline.ts';
export type { CallEnded, ServerCallEvents } from './events.ts';
export { toFailure, type Failure } from './failure.ts';
export { HandlerContext } from './handler-context.ts';
export { createInFlight, serverDraining, type InFlight } from './in-flight.ts';
export type { CallLimit, LimiterStatus } from './limiter.ts';
export type { ServerPart } from './part.ts';
export { ServerCall, type IncomingCall, type ServedMethod } from './server-call.ts';
export { createStreamingChain, type StreamHandler } from './streaming-chain.ts';
export { createTracing } from './tracing.ts';
export { createUnaryChain, type ChainOptions, type SingleResponseHandler } from './unary-chain.ts';
export { MalformedMessage, validation } from './validation.ts';
export { wire } from './wire.ts';
