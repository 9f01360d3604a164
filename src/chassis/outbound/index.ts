export { read, refusalOf, type Answer } from './answer.ts';
export { runOutbound, type CommandPlan, type OutboundCommand } from './command.ts';
export { createHttpExchange, type HttpExchangeEvents, type HttpExchangeOptions } from './http-exchange.ts';
export { createOperations, type Operations, type Recording } from './operations.ts';
export { createReconciler, pendingOperations, type Source } from './reconciler.ts';
