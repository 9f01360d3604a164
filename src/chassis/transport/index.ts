export type {
  CallHeaders,
  IncomingUnary,
  ServedUnary,
  UnaryAnswer,
  UnaryAttempt,
  UnaryDispatcher,
  UnaryMethod,
  UnaryOutcome,
  UnaryTransport,
} from './unary.ts';
