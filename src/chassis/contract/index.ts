export { createContract, type Contract, type ContractOptions, type MethodContract } from './contract.ts';
export { loadContract } from './load.ts';
export { type AccessLevel, type HttpRule, type Idempotency } from './options.ts';
