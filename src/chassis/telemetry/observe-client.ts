import type { ClientFactoryEvents } from '../client/index.ts';
import type { Events } from '../core/index.ts';
import type { Logger } from './logger.ts';
import { measureDiscovery } from './measure-discovery.ts';
import { recordedTraceparent } from '../tracing/index.ts';
import type { Metrics } from './metrics.ts';

/** Logs what becomes of a client's targets; single calls only at level debug. */
export function logClients(events: Events<ClientFactoryEvents>, logger: Logger): void {
  events.on('endpointAdded', ({ target, address }) => logger.debug({ target, address }, 'endpoint added'));
  events.on('endpointRemoved', ({ target, address }) => logger.debug({ target, address }, 'endpoint removed'));
  events.on('resolved', ({ target, state }) => {
    if (state.kind === 'stale' || state.kind === 'snapshot') {
      logger.warn(
        { target, state: state.kind, endpoints: state.endpoints.length },
        'the last known endpoints are kept',
      );
    } else logger.debug({ target, state: state.kind }, 'target resolved');
  });
  events.on('discoveryTrouble', ({ target, ...trouble }) => {
    if (trouble.kind === 'malformed') logger.warn({ target, ...trouble }, 'a registration is malformed and ignored');
    else if (trouble.kind === 'interrupted')
      logger.debug({ target, err: trouble.error }, 'the registry is asked again');
    else logger.warn({ target, err: trouble.error }, trouble.kind);
  });
  events.on('callEnded', ({ target, method, status, durationMs, attempts, peer, error }) => {
    if (error === undefined || !logger.isLevelEnabled('debug')) return;
    logger.debug(
      { target, method, status, ms: Math.round(durationMs), attempts, peer, reason: error.reason },
      'call failed',
    );
  });
}

/** Counts and times a client's calls, shows what is known of its targets, and shows how many endpoints there are to pick from. */
export function measureClients(events: Events<ClientFactoryEvents>, metrics: Metrics): void {
  measureDiscovery(events, metrics);
  events.on('callEnded', ({ target, method, status, durationMs, attempts }) => {
    metrics.clientCalls.observe(durationMs, [target, method, status], recordedTraceparent());
    if (attempts > 1) metrics.clientRetries.inc({ target, method }, attempts - 1);
  });
  events.on('picker', ({ target, ready, endpoints }) => {
    metrics.clientEndpoints.set({ target, state: 'ready' }, ready);
    metrics.clientEndpoints.set({ target, state: 'known' }, endpoints);
  });
}
