export { breaches, worldBreaches, type Known } from './breaches.ts';
export { openDatabases, type Databases } from './databases.ts';
export type { WhereSuite } from './read-world.ts';
export { registryBreaches, type RegistrySnapshot } from './registry.ts';
export { readResources, resourceBreaches, type HeldOpen } from './resources.ts';
export type * from './world.ts';
