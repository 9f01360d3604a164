export { createHealth, type Health, type ServingState } from './health.ts';
export { watchHealth, type HealthWatchOptions, type PeerHealth } from './watch-health.ts';
