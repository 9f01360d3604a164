export type { Check } from './check.ts';
export { RECOVERY_MS, worstOf, type ComponentState, type Finding, type Part } from './component.ts';
export { COMPONENT_PREFIX, createHealth, type Health, type ServingState } from './health.ts';
export { createHealthMonitor, type HealthEvents, type HealthMonitor, type HealthReport } from './health-monitor.ts';
