export { read, refusalOf, type Answer } from './answer.ts';
export { runOutbound, type CommandPlan, type OutboundCommand, type PlanKey } from './command.ts';
export { guardKeys } from './guard-keys.ts';
export { createHttpExchange, type HttpExchangeEvents, type HttpExchangeOptions } from './http-exchange.ts';
export {
  createOperations,
  type Facts,
  type Known,
  type Operations,
  type Recorded,
  type Recording,
} from './operations.ts';
export { createOutboundGuard, type OutboundGuard, type OutboundGuardOptions } from './outbound-guard.ts';
export { createReconciler, pendingOperations, type Source } from './reconciler.ts';
