import { createEmitter, type Clock } from '../core/index.ts';
import type { Instance, Watcher } from '../registry/index.ts';
import { endpointsOf, type Endpoint, type Resolver, type ResolverEvents, type ResolverState } from './resolver.ts';

/**
 * Resolves through a registry's watcher, which it owns from here on. An empty list keeps the last known good one
 * (state "stale"): a wiped or restarted registry must not stop calls between processes that are alive.
 */
export function createRegistryResolver(watcher: Watcher, clock: Clock): Resolver {
  const events = createEmitter<ResolverEvents>();
  let state: ResolverState = { kind: 'resolving' };

  const onInstances = (instances: readonly Instance[]) => {
    const next = transition(state, instances.map(toEndpoint), clock);
    if (next === state) return;
    state = next;
    events.emit('changed', state);
  };
  if (watcher.instances !== undefined) onInstances(watcher.instances);
  const stop = watcher.events.on('instances', (event) => onInstances(event.instances));

  const close = async () => {
    stop();
    await watcher.close();
  };
  return {
    get state() {
      return state;
    },
    events,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function transition(state: ResolverState, endpoints: readonly Endpoint[], clock: Clock): ResolverState {
  const known = endpointsOf(state);
  if (endpoints.length === 0 && known.length > 0) {
    return state.kind === 'stale' ? state : { kind: 'stale', endpoints: known, sinceMs: clock.monotonicMs() };
  }
  if (state.kind === 'resolved' && JSON.stringify(known) === JSON.stringify(endpoints)) return state;
  return { kind: 'resolved', endpoints };
}

function toEndpoint({ address, weight, zone, version, metadata }: Instance): Endpoint {
  return { address, weight, zone, version, metadata };
}
