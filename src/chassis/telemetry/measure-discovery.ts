import { Counter, Gauge } from 'prom-client';

import type { ClientFactoryEvents } from '../client/index.ts';
import type { Events } from '../core/index.ts';
import type { Metrics } from './metrics.ts';

const STATES = ['resolving', 'snapshot', 'resolved', 'stale'] as const;

/** Shows what resolvers know, whether it is the registry's own word, and what went wrong in learning it. */
export function measureDiscovery(events: Events<ClientFactoryEvents>, metrics: Metrics): void {
  const registers = [metrics.registry];
  const states = new Gauge({
    name: 'tradewind_discovery_state',
    help: '1 for the state a target is in; "stale" and "snapshot" are endpoints that the registry does not name.',
    labelNames: ['target', 'state'],
    registers,
  });
  const endpoints = new Gauge({
    name: 'tradewind_discovery_endpoints',
    help: 'Endpoints a target resolves to; held: those among them that a registry which lost its memory does not name.',
    labelNames: ['target', 'kind'],
    registers,
  });
  const troubles = new Counter({
    name: 'tradewind_discovery_troubles_total',
    help: 'Interrupted watches, malformed values, snapshots that could not be read or saved.',
    labelNames: ['target', 'kind'],
    registers,
  });
  events.on('resolved', ({ target, state }) => {
    for (const kind of STATES) states.set({ target, state: kind }, kind === state.kind ? 1 : 0);
    endpoints.set({ target, kind: 'all' }, state.kind === 'resolving' ? 0 : state.endpoints.length);
    endpoints.set({ target, kind: 'held' }, state.kind === 'stale' ? state.held.length : 0);
  });
  events.on('discoveryTrouble', ({ target, kind }) => troubles.inc({ target, kind }));
}
