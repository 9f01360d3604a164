import type { Subchannel, SubchannelState } from '../channel/index.ts';
import type { Clock } from '../core/index.ts';
import type { Endpoint } from '../resolver/index.ts';
import type { MultiplexedState } from '../transport/index.ts';
import type { EndpointEntry } from './endpoint-entry.ts';
import type { OutlierEjection } from './outlier-ejection.ts';
import type { Pickable } from './pickable.ts';
import type { BalancingPolicy } from './picker.ts';
import type { PeerHealth } from './watch-health.ts';

/** How many endpoints are in what state. */
export interface PickerSummary {
  /** Connected to; the whole list, or the subset of it. */
  readonly endpoints: number;
  readonly ready: number;
  /** READY, and say that they do not serve. */
  readonly unhealthy: number;
  readonly ejected: number;
  /** Those that calls go to. */
  readonly pickable: number;
  readonly panic: Pickable['panic'];
}

/** How one endpoint is, for the admin port. */
export interface EndpointStatus extends Pick<Endpoint, 'address' | 'weight' | 'zone' | 'version'> {
  readonly state: SubchannelState['kind'];
  readonly health: PeerHealth;
  /** How much longer calls go elsewhere, in milliseconds; undefined: it is not ejected. */
  readonly ejectedForMs: number | undefined;
  /** What unary calls are to go by. */
  readonly transport: Subchannel['unary']['name'];
  /** Where the shared stream stands that carries them; undefined: there is none. */
  readonly sharedStream: MultiplexedState['kind'] | undefined;
  readonly inFlight: number;
  /** What the main policy has learned of it. */
  readonly learned: Readonly<Record<string, number>> | undefined;
}

/** Before anything is known, and after the end. */
export const NO_ENDPOINTS: PickerSummary = {
  endpoints: 0,
  ready: 0,
  unhealthy: 0,
  ejected: 0,
  pickable: 0,
  panic: 'none',
};

/** What can be said of an entry now. */
export function statusOf(
  { endpoint, subchannel, health }: EndpointEntry,
  { ejection, policy, clock }: { ejection: OutlierEjection; policy: BalancingPolicy; clock: Clock },
): EndpointStatus {
  const { address, weight, zone, version } = endpoint;
  const { ejectedUntilMs } = ejection.of(address);
  return {
    ...{ address, weight, zone, version, health },
    ...{ state: subchannel.state.kind, transport: subchannel.unary.name, inFlight: subchannel.inFlight },
    sharedStream: subchannel.multiplexed?.state.kind,
    ejectedForMs: ejectedUntilMs === undefined ? undefined : Math.max(0, ejectedUntilMs - clock.monotonicMs()),
    learned: policy.describe?.(address),
  };
}
