export { createRegistryResolver } from './registry-resolver.ts';
export { endpointsOf, type Endpoint, type Resolver, type ResolverEvents, type ResolverState } from './resolver.ts';
export { createStaticResolver } from './static-resolver.ts';
export { formatTarget, parseTarget, type Target } from './target.ts';
