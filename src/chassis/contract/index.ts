export { bytesDefinitions, processOf } from './bytes-definitions.ts';
export { NOBODY, type Callers, type CallerStanding } from './callers.ts';
export { commentsOf, type Comments } from './comments.ts';
export { createContract, type Contract, type ContractOptions, type MethodContract } from './contract.ts';
export { contractVersion } from './contract-version.ts';
export { eventsOf, type EventContract } from './events.ts';
export { loadContract } from './load.ts';
export { type AccessLevel, type HttpRule, type Idempotency, type MethodPriority } from './options.ts';
export { bytesFromJson, jsonFromBytes } from './message-json.ts';
