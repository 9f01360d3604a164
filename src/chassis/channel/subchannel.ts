import { connectivityState, type Channel, type ChannelCredentials } from '@grpc/grpc-js';
import { createChannel, createClient, type TsProtoServiceDefinition } from 'nice-grpc';

import { createEmitter, type Clock, type Events, type Random } from '../core/index.ts';
import type { ProcessIdentity } from '../identity/index.ts';
import { createMultiplexedTransport, type MultiplexedTransport, type UnaryTransport } from '../transport/index.ts';
import { DEFAULT_CONNECTION, channelOptions, type ConnectionOptions } from './channel-options.ts';
import type { ChannelFailure } from './last-failure.ts';
import { createPlainTransport } from './plain-transport.ts';
import { ProcessCredentials } from './process-credentials.ts';
import type { RawMethods } from './raw-methods.ts';
import { sharesStream, type TransportChoice } from './transport-choice.ts';

/** How one endpoint's connection is. */
export type SubchannelState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'ready'; readonly sinceMs: number }
  /** Could not connect; stays so through later attempts until one succeeds. */
  | {
      readonly kind: 'transient failure';
      readonly sinceMs: number;
      /** Why, where certificates are the reason; for people. */
      readonly refusal?: string | undefined;
    }
  | { readonly kind: 'shutdown' };

/** What happens to a subchannel. */
export interface SubchannelEvents {
  state: SubchannelState;
}

/** A call on a subchannel, as far as the subchannel must know it. */
export interface TrackedCall {
  /** Ends the call from outside: its subchannel is closed by force. */
  cancel(reason: unknown): void;
}

/**
 * One endpoint, one grpc-js channel to it, one state. It connects by itself and stays connected. Owned by the balancer,
 * which calls only READY ones.
 */
export interface Subchannel extends AsyncDisposable {
  /** host:port. */
  readonly address: string;
  readonly state: SubchannelState;
  /** When it came into that state, on the monotonic clock, in milliseconds. */
  readonly sinceMs: number;
  /** Undefined: nothing has gone wrong yet. */
  readonly lastFailure: ChannelFailure | undefined;
  readonly events: Events<SubchannelEvents>;
  /** Calls begun and not ended. */
  readonly inFlight: number;
  /** What carries unary calls to this endpoint now. */
  readonly unary: UnaryTransport;
  /** The shared stream, where there is one; for gauges and logs. It stays, idle, when calls are switched to plain. */
  readonly multiplexed: MultiplexedTransport | undefined;
  /** Calls that begin from here on go out so; those in flight stay where they are. */
  switchTransport(choice: TransportChoice): void;
  /** nice-grpc's own methods bound to this endpoint, without middleware; streams go through these. */
  methods(definition: TsProtoServiceDefinition): RawMethods;
  /** Every call brackets itself with begin and end: draining counts them. */
  begin(call: TrackedCall): void;
  end(call: TrackedCall): void;
  /**
   * Lets the calls in flight end, then closes the channel; when the signal fires, cancels what is left with its reason.
   * Idempotent. The owner stops picking it before.
   */
  close(signal?: AbortSignal): Promise<void>;
}

/** What a subchannel is made with. */
export interface SubchannelOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly connection?: Partial<ConnectionOptions> | undefined;
  /** Default: no TLS, unless there is an identity. */
  readonly credentials?: ChannelCredentials | undefined;
  /** Whose certificate is shown to the endpoint; it must answer with one that names `expected`, or any of the suite. */
  readonly identity?: ProcessIdentity | undefined;
  readonly expected?: string | undefined;
  /** The transports the endpoint says it has; default: none but plain gRPC. */
  readonly offers?: readonly string[] | undefined;
  /** Default: auto. */
  readonly transport?: TransportChoice | undefined;
  /** What the peer sees in front of grpc-js's own name. */
  readonly userAgent?: string | undefined;
}

/** Opens a channel to host:port and begins to connect. */
export function createSubchannel(address: string, options: SubchannelOptions): Subchannel {
  const { clock, random, identity, expected, userAgent, offers = [] } = options;
  const connection = { ...DEFAULT_CONNECTION, ...options.connection };
  let refusal: string | undefined;
  const onRefused = (reason: string) => {
    if (isShutDown()) return; // it was this end that gave up
    refusal = reason;
    identity?.refuse({ side: 'client', peer: address, reason });
  };
  const credentials = identity && new ProcessCredentials({ identity, expected, onRefused });
  const channel = createChannel(address, credentials ?? options.credentials, {
    ...channelOptions(connection, random),
    ...(userAgent === undefined ? {} : { 'grpc.primary_user_agent': userAgent }),
  });
  const events = createEmitter<SubchannelEvents>();
  const calls = new Set<TrackedCall>();
  const clients = new WeakMap<TsProtoServiceDefinition, RawMethods>();
  const plain = createPlainTransport(channel);
  let multiplexed: MultiplexedTransport | undefined;
  let unary: UnaryTransport = plain;
  let state: SubchannelState = { kind: 'idle' };
  let sinceMs = clock.monotonicMs();
  let lastFailure: ChannelFailure | undefined;
  let drained: (() => void) | undefined;
  let closing: Promise<void> | undefined;

  const fail = (kind: ChannelFailure['kind'], message?: string) => {
    lastFailure = { kind, message, atMs: clock.monotonicMs() };
  };
  const enter = (next: SubchannelState) => {
    if (next.kind === state.kind) return;
    const wasReady = state.kind === 'ready';
    state = next;
    sinceMs = clock.monotonicMs();
    if (next.kind === 'transient failure') fail('cannot connect');
    else if (wasReady && next.kind !== 'shutdown') fail('connection lost');
    events.emit('state', state);
  };
  const isShutDown = () => state.kind === 'shutdown';
  followConnectivity(channel, isShutDown, (current) => {
    if (current === connectivityState.READY) refusal = undefined;
    enter(toState(current, { clock, refusal }));
  });

  const drainAndClose = async (signal: AbortSignal | undefined) => {
    const cancelAll = () => {
      for (const call of [...calls]) call.cancel(signal?.reason);
      drained?.(); // a stream that nobody reads any more does not notice its end
    };
    if (signal?.aborted) cancelAll();
    else signal?.addEventListener('abort', cancelAll, { once: true });
    if (calls.size > 0 && signal?.aborted !== true) await new Promise<void>((resolve) => (drained = resolve));
    signal?.removeEventListener('abort', cancelAll);
    multiplexed?.close();
    enter({ kind: 'shutdown' });
    channel.close();
  };
  const close = (signal?: AbortSignal) => (closing ??= drainAndClose(signal));

  const openSharedStream = () => {
    const limits = { maxReplyBytes: connection.maxReceiveBytes };
    const opened = createMultiplexedTransport({ channel, plain, clock, random, limits });
    opened.events.on('lost', ({ message }) => fail('shared stream lost', message));
    return opened;
  };
  const switchTransport = (choice: TransportChoice) => {
    unary = sharesStream(choice, offers) ? (multiplexed ??= openSharedStream()) : plain;
  };
  switchTransport(options.transport ?? 'auto');

  return {
    address,
    get state() {
      return state;
    },
    get sinceMs() {
      return sinceMs;
    },
    get lastFailure() {
      return lastFailure;
    },
    events,
    get inFlight() {
      return calls.size;
    },
    get unary() {
      return unary;
    },
    get multiplexed() {
      return multiplexed;
    },
    switchTransport,
    methods(definition) {
      let methods = clients.get(definition);
      if (methods === undefined) {
        methods = createClient(definition, channel) as unknown as RawMethods; // its four shapes, made one by RawMethods
        clients.set(definition, methods);
      }
      return methods;
    },
    begin: (call) => void calls.add(call),
    end(call) {
      calls.delete(call);
      if (calls.size === 0) drained?.();
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

/** Tells each state of the channel, and asks it to connect whenever it rests. Ends with the channel. */
function followConnectivity(
  channel: Channel,
  isShutDown: () => boolean,
  onState: (state: connectivityState) => void,
): void {
  const step = () => {
    if (isShutDown()) return; // a closed channel that is asked for its state connects again, and stays (grpc-js 1.14)
    const current = channel.getConnectivityState(true);
    onState(current);
    if (current === connectivityState.SHUTDOWN) return;
    // Without a time limit there is no timer to leak: close() calls the watcher back with SHUTDOWN.
    channel.watchConnectivityState(current, Infinity, step);
  };
  step();
}

function toState(
  state: connectivityState,
  { clock, refusal }: { readonly clock: Clock; readonly refusal: string | undefined },
): SubchannelState {
  switch (state) {
    case connectivityState.IDLE:
      return { kind: 'idle' };
    case connectivityState.CONNECTING:
      return { kind: 'connecting' };
    case connectivityState.READY:
      return { kind: 'ready', sinceMs: clock.monotonicMs() };
    case connectivityState.TRANSIENT_FAILURE:
      return { kind: 'transient failure', sinceMs: clock.monotonicMs(), refusal };
    case connectivityState.SHUTDOWN:
      return { kind: 'shutdown' };
  }
}
