export { authenticationMiddleware, type VerifyToken } from './authentication.ts';
export { callContextMiddleware } from './call-context.ts';
export { callEventsMiddleware } from './call-events.ts';
export { DEADLINE_METADATA, deadlineMiddleware } from './deadline.ts';
export { errorMappingMiddleware } from './error-mapping.ts';
export type { CallEnded, ServerCallEvents } from './events.ts';
export { createInFlight, type InFlight } from './in-flight.ts';
export { tracingMiddleware, type Tracing } from './tracing.ts';
export { MalformedMessage, validationMiddleware } from './validation.ts';
