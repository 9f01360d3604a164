import { Counter, Gauge } from 'prom-client';

import type { ClientFactory } from '../client/index.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Logs who is left out of balancing and why, and which service configs come into force or are refused. */
export function logBalancing({ events }: Pick<ClientFactory, 'events'>, logger: Logger): void {
  events.on('ejected', (event) => logger.warn(event, 'endpoint ejected'));
  events.on('unejected', (event) => logger.info(event, 'endpoint back from ejection'));
  events.on('health', ({ target, address, health }) => {
    const level = health === 'not serving' ? 'info' : 'debug';
    logger[level]({ target, address, health }, 'endpoint health');
  });
  events.on('configured', (event) => logger.info(event, 'service config in force'));
  events.on('configRejected', ({ target, error }) => {
    logger.error({ target, reason: error.message }, 'service config is not valid and ignored');
  });
}

/** Shows how many endpoints of each target are in what state, and counts attempts, ejections and service configs. */
export function measureBalancing(clients: Pick<ClientFactory, 'events' | 'status'>, metrics: Metrics): void {
  const { events } = clients;
  const registers: [Metrics['registry']] = [metrics.registry];
  const panic = new Gauge({
    name: 'tradewind_client_panic',
    help: '1 while so few endpoints are well that calls go to others too: those ejected, or those unhealthy.',
    labelNames: ['target', 'kind'],
    registers,
  });
  const ejections = new Counter({
    name: 'tradewind_client_ejections_total',
    help: 'Endpoints left alone for a while because calls to them failed, by what gave them away.',
    labelNames: ['target', 'reason'],
    registers,
  });
  const configs = new Counter({
    name: 'tradewind_client_service_configs_total',
    help: 'Service configs that came into force, and those that were not valid and are ignored.',
    labelNames: ['target', 'outcome'],
    registers,
  });
  events.on('picker', ({ target, unhealthy, ejected, pickable, panic: kind }) => {
    metrics.clientEndpoints.set({ target, state: 'unhealthy' }, unhealthy);
    metrics.clientEndpoints.set({ target, state: 'ejected' }, ejected);
    metrics.clientEndpoints.set({ target, state: 'pickable' }, pickable);
    panic.set({ target, kind: 'ejected' }, kind === 'ejected' ? 1 : 0);
    panic.set({ target, kind: 'unhealthy' }, kind === 'unhealthy' ? 1 : 0);
  });
  events.on('ejected', ({ target, reason }) => ejections.inc({ target, reason }));
  events.on('configured', ({ target }) => configs.inc({ target, outcome: 'configured' }));
  events.on('configRejected', ({ target }) => configs.inc({ target, outcome: 'rejected' }));
  measurePicks(clients, registers);
}

/** Read when somebody looks: the numbers are kept by the balancers, so that an attempt costs no label lookup. */
function measurePicks({ status }: Pick<ClientFactory, 'status'>, registers: [Metrics['registry']]): void {
  new Counter({
    name: 'tradewind_client_picks_total',
    help: 'Attempts begun, by zone and version of the endpoint they went to.',
    labelNames: ['target', 'zone', 'version'],
    registers,
    collect() {
      this.reset();
      for (const { target, picks } of status()) {
        for (const { zone, version, count } of picks) this.inc({ target, zone, version }, count);
      }
    },
  });
}
