export { createBalancer, type Balancer, type BalancerEvents, type BalancerOptions } from './balancer.ts';
export {
  failPicker,
  type BalancingPolicy,
  type Picker,
  type PickInfo,
  type PickResult,
  type ReadyEndpoint,
} from './picker.ts';
export {
  DEFAULT_P2C_EWMA,
  DEFAULT_RING_HASH,
  DEFAULT_SLOW_START,
  POLICY_KINDS,
  createPolicy,
  createRoundRobin,
  parsePolicyConfig,
  type P2cEwmaOptions,
  type PickFirstOptions,
  type PolicyConfig,
  type PolicyDeps,
  type PolicyKind,
  type RingHashOptions,
  type SlowStartOptions,
} from './policies/index.ts';
