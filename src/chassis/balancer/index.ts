export { createBalancer, type Balancer, type BalancerEvents, type BalancerOptions } from './balancer.ts';
export { DEFAULT_BALANCING, type BalancingConfig } from './balancing-config.ts';
export type { PickCount } from './endpoint-picks.ts';
export type { EndpointStatus, PickerSummary } from './endpoint-status.ts';
export { createMethodPolicies, matchesMethod } from './method-policies.ts';
export { DEFAULT_EJECTION, createOutlierEjection, type EjectionOptions } from './outlier-ejection.ts';
export { outliersOf, type EjectionReason, type OutlierRules } from './outlier-rules.ts';
export { pickableOf, type Candidate, type Pickable } from './pickable.ts';
export {
  failPicker,
  type BalancingPolicy,
  type Picker,
  type PickInfo,
  type PickResult,
  type ReadyEndpoint,
} from './picker.ts';
export type { PickerOver, Population } from './population.ts';
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
export { createRouting, type Route } from './routes.ts';
export { subsetOf, type SubsetOptions } from './subset.ts';
export { createZonePreference, type ZoneOptions } from './zone-preference.ts';
export { watchHealth, type HealthWatchOptions, type PeerHealth } from './watch-health.ts';
