export { POLICY_KINDS, parsePolicyConfig, type PolicyConfig, type PolicyKind } from './config.ts';
export { createPolicy, type PolicyDeps } from './create-policy.ts';
export { DEFAULT_P2C_EWMA, type P2cEwmaOptions } from './p2c-ewma.ts';
export type { PickFirstOptions } from './pick-first.ts';
export { DEFAULT_RING_HASH, type RingHashOptions } from './ring-hash.ts';
export { createRoundRobin } from './round-robin.ts';
export { DEFAULT_SLOW_START, type SlowStartOptions } from './slow-start.ts';
