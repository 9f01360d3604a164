import type { Balancer } from '../balancer/index.ts';
import type { ChannelFailure, Subchannel, SubchannelState } from '../channel/index.ts';
import type { Clock } from '../core/index.ts';
import type { MultiplexedState } from '../transport/index.ts';

/** One connection to one endpoint, for the admin port. Times are RFC 3339. */
export interface ChannelStatus {
  readonly address: string;
  readonly state: SubchannelState['kind'];
  readonly since: string;
  /** What unary calls that begin now are to go by. */
  readonly transport: Subchannel['unary']['name'];
  /** Calls begun and not ended, unary and streams. */
  readonly inFlight: number;
  /** The stream that unary calls share; undefined: there is none. */
  readonly sharedStream: SharedStreamStatus | undefined;
  /** Undefined: nothing has gone wrong yet. */
  readonly lastFailure: (Omit<ChannelFailure, 'atMs'> & { readonly at: string }) | undefined;
}

/** Where the shared stream of a connection stands. */
export interface SharedStreamStatus {
  readonly state: MultiplexedState['kind'];
  /** Calls on it now, of so many that the server takes at once; undefined while it is not open. */
  readonly inFlight: number;
  readonly maxConcurrentCalls: number | undefined;
}

/** The connections of one target. */
export interface TargetChannels {
  readonly target: string;
  readonly channels: readonly ChannelStatus[];
}

/** What can be said of a target's connections now. */
export function channelsOf(
  { target, balancer }: { readonly target: string; readonly balancer: Pick<Balancer, 'subchannels'> },
  clock: Clock,
): TargetChannels {
  const toWall = (monotonicMs: number) => new Date(clock.now() - (clock.monotonicMs() - monotonicMs)).toISOString();
  const channels = [...balancer.subchannels.values()].map((subchannel) => channelOf(subchannel, toWall));
  return { target, channels };
}

function channelOf(subchannel: Subchannel, toWall: (monotonicMs: number) => string): ChannelStatus {
  const { address, state, sinceMs, unary, inFlight, multiplexed, lastFailure } = subchannel;
  return {
    ...{ address, state: state.kind, since: toWall(sinceMs), transport: unary.name, inFlight },
    sharedStream: multiplexed && {
      state: multiplexed.state.kind,
      inFlight: multiplexed.inFlight,
      maxConcurrentCalls: multiplexed.state.kind === 'open' ? multiplexed.state.maxConcurrentCalls : undefined,
    },
    lastFailure: lastFailure && {
      kind: lastFailure.kind,
      message: lastFailure.message,
      at: toWall(lastFailure.atMs),
    },
  };
}
