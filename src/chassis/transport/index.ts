export { createMessageEncoder, type EncodableType, type MessageEncoder } from './message-encoder.ts';
export {
  DEFAULT_CLIENT_TRANSPORT_LIMITS,
  createMultiplexedTransport,
  type ClientTransportLimits,
  type MultiplexedEvents,
  type MultiplexedOptions,
  type MultiplexedState,
  type MultiplexedTransport,
} from './multiplexed-transport.ts';
export { assertSendable } from './sendable.ts';
export {
  DEFAULT_SERVER_TRANSPORT_LIMITS,
  type ServerTransportLimits,
  type TransportStats,
} from './transport-limits.ts';
export { createTransportService, type TransportService, type TransportServiceOptions } from './transport-service.ts';
export type {
  CallHeaders,
  IncomingUnary,
  ServedUnary,
  UnaryAnswer,
  UnaryAttempt,
  UnaryDispatcher,
  UnaryFailure,
  UnaryMethod,
  UnaryOutcome,
  UnaryTransport,
} from './unary.ts';
