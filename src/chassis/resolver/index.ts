export { createResolver, type ResolverOptions } from './create-resolver.ts';
export { createRegistryResolver, type RegistryResolverOptions } from './registry-resolver.ts';
export {
  endpointsOf,
  type Endpoint,
  type Resolver,
  type ResolverEvents,
  type ResolverState,
  type ResolverTrouble,
} from './resolver.ts';
export { createSnapshot, type Snapshot, type SnapshotOptions } from './snapshot.ts';
export { createStaticResolver } from './static-resolver.ts';
export { formatTarget, parseTarget, processOfTarget, type Target } from './target.ts';
