export { DEFAULT_LATE_MS, type Fault } from './fault.ts';
export { logRoutes } from './log-routes.ts';
export { createMutations, fingerprintOf, requiredIdempotencyKey, type Mutations } from './mutations.ts';
