import { ClientError, Status } from 'nice-grpc';

import { HealthDefinition, type HealthCheckResponse } from '../../../gen/health/v1/health.ts';
import type { Subchannel, SubchannelState } from '../channel/index.ts';
import type { Clock, Random } from '../core/index.ts';
import type { Endpoint } from '../resolver/index.ts';
import { watchHealth, type PeerHealth } from './watch-health.ts';

/** One endpoint of a balancer: its connection, and the health it tells over that. */
export interface EndpointEntry {
  /** Its weight, zone and version may change; its address does not. */
  endpoint: Endpoint;
  readonly subchannel: Subchannel;
  /** `checking` until it was told on the connection that is there now. */
  readonly health: PeerHealth;
  /** READY, and its health is known or not watched. */
  readonly isDecided: boolean;
  /** It may become ready by itself soon. */
  readonly isPending: boolean;
  /** Undefined: nobody's health is watched. Begins anew. */
  watch(service: string | undefined): void;
  /** Ends what it does over the connection; the subchannel stays its owner's to close. */
  stop(): void;
}

/** What happens to an entry. */
export interface EntryOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly onState: (state: SubchannelState, wasReady: boolean) => void;
  readonly onHealth: (health: PeerHealth) => void;
}

/** Follows the subchannel, and watches health whenever it is READY. */
export function createEndpointEntry(
  endpoint: Endpoint,
  subchannel: Subchannel,
  { clock, random, onState, onHealth }: EntryOptions,
): EndpointEntry {
  let service: string | undefined;
  let health: PeerHealth = 'not told';
  let stopWatch: (() => void) | undefined;

  const restartWatch = () => {
    stopWatch?.();
    stopWatch = undefined;
    health = service === undefined ? 'not told' : 'checking';
    if (service === undefined || subchannel.state.kind !== 'ready') return;
    stopWatch = watchHealth({
      watch: openWatch(subchannel, service),
      isUnimplemented: (error) => error instanceof ClientError && error.code === Status.UNIMPLEMENTED,
      onHealth(next) {
        health = next;
        onHealth(next);
      },
      ...{ clock, random },
    });
  };
  let wasReady = subchannel.state.kind === 'ready';
  const stopFollowing = subchannel.events.on('state', (state) => {
    restartWatch();
    onState(state, wasReady);
    wasReady = state.kind === 'ready';
  });

  return {
    endpoint,
    subchannel,
    get health() {
      return health;
    },
    get isDecided() {
      return subchannel.state.kind === 'ready' && health !== 'checking';
    },
    get isPending() {
      const { kind } = subchannel.state;
      return kind === 'idle' || kind === 'connecting' || (kind === 'ready' && health === 'checking');
    },
    watch(next) {
      service = next;
      restartWatch();
    },
    stop() {
      stopFollowing();
      stopWatch?.();
    },
  };
}

/** On the endpoint's own channel, beside its calls and not counted among them: a drain does not wait for it. */
function openWatch(subchannel: Subchannel, service: string) {
  return (signal: AbortSignal) =>
    subchannel.methods(HealthDefinition)['watch']?.({ service }, { signal }) as AsyncIterable<HealthCheckResponse>; // as its contract says
}
