import { Client, connectivityState, credentials, type Channel } from '@grpc/grpc-js';

import {
  backoffMs,
  createEmitter,
  STATUS_CODES,
  type BackoffOptions,
  type Clock,
  type Events,
  type Random,
  type Timer,
} from '../core/index.ts';
import { StreamCall, createCallStream, type CallStream, type ExchangeStream, type StreamEnd } from './call-stream.ts';
import { EXCHANGE_PATH } from './protocol.ts';
import type { UnaryTransport } from './unary.ts';

/** What a client puts on its shared stream. */
export interface ClientTransportLimits {
  /** A longer response message fails its call with RESOURCE_EXHAUSTED. */
  readonly maxReplyBytes: number;
  /** A longer request makes a plain call: it would hold up the others on the stream. */
  readonly maxSharedRequestBytes: number;
  /** The waits before a lost stream is opened again on a connection that still stands. */
  readonly reopen: BackoffOptions;
}

/** Defaults inside one data centre. */
export const DEFAULT_CLIENT_TRANSPORT_LIMITS: ClientTransportLimits = {
  maxReplyBytes: 4 * 1024 * 1024,
  maxSharedRequestBytes: 32 * 1024,
  reopen: { baseMs: 50, maxMs: 5_000 },
};

/** Where the shared stream of one endpoint is. In every state but `open`, calls are plain. */
export type MultiplexedState =
  /** For the channel to be READY. */
  | { readonly kind: 'waiting' }
  /** The server's settings have not come yet. */
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly sinceMs: number; readonly maxConcurrentCalls: number }
  /** The stream was lost `failures` times in a row, the connection stands. */
  | { readonly kind: 'backing off'; readonly failures: number }
  /** The server does not offer it; asked again on the next connection. */
  | { readonly kind: 'refused' }
  /** The server goes away; asked again on the next connection. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'closed' };

/** What happens to it; telemetry makes metrics and logs of it. */
export interface MultiplexedEvents {
  opened: { readonly maxConcurrentCalls: number };
  /** The stream ended and was not told to; `failedCalls` calls of callers failed with it. */
  lost: StreamEnd;
  refused: { readonly message: string };
  /** The server said that it goes away; `unprocessedCalls` calls will be tried elsewhere. */
  drained: { readonly unprocessedCalls: number };
}

/** Unary calls to one endpoint on one shared stream, plain ones where that cannot be. */
export interface MultiplexedTransport extends UnaryTransport {
  readonly name: 'multiplexed';
  readonly state: MultiplexedState;
  readonly events: Events<MultiplexedEvents>;
  /** Calls begun on shared streams and not ended. */
  readonly inFlight: number;
  /** Ends the stream at once; calls still on it fail with UNAVAILABLE. The owner lets them end before. Idempotent. */
  close(): void;
}

/** What it is made with. */
export interface MultiplexedOptions {
  /** Of the endpoint; the owner closes it. */
  readonly channel: Channel;
  /** Carries what the shared stream does not, to the same endpoint. */
  readonly plain: UnaryTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Partial<ClientTransportLimits> | undefined;
}

/**
 * Opens a shared stream whenever the channel is READY and carries calls on it. Made for an endpoint that offers it. Who
 * asks for a call never waits for the stream: until it is open, when its window is full and for what is too large, the
 * call is plain.
 */
export function createMultiplexedTransport(options: MultiplexedOptions): MultiplexedTransport {
  const { channel, plain, clock, random } = options;
  const limits = { ...DEFAULT_CLIENT_TRANSPORT_LIMITS, ...options.limits };
  const client = new Client('unused', credentials.createInsecure(), { channelOverride: channel }); // the channel has both
  const events = createEmitter<MultiplexedEvents>();
  const streams = new Set<CallStream>();
  let state: MultiplexedState = { kind: 'waiting' };
  let current: CallStream | undefined;
  let timer: Timer | undefined;
  let failures = 0;

  const enter = (next: MultiplexedState) => {
    timer?.cancel();
    timer = undefined;
    state = next;
    if (next.kind !== 'open' && next.kind !== 'opening') current = undefined;
  };

  const open = () => {
    enter({ kind: 'opening' });
    const exchange: ExchangeStream = client.makeBidiStreamRequest(EXCHANGE_PATH, identity, identity);
    const stream = createCallStream({
      stream: exchange,
      maxReplyBytes: limits.maxReplyBytes,
      maxSharedRequestBytes: limits.maxSharedRequestBytes,
      listener: {
        onOpen({ maxConcurrentCalls }) {
          if (stream !== current) return;
          failures = 0;
          enter({ kind: 'open', sinceMs: clock.monotonicMs(), maxConcurrentCalls });
          events.emit('opened', { maxConcurrentCalls });
        },
        onDrain(unprocessedCalls) {
          if (stream === current) enter({ kind: 'drained' });
          events.emit('drained', { unprocessedCalls });
        },
        onEnd(end) {
          streams.delete(stream);
          if (stream === current) lose(end);
        },
      },
    });
    streams.add(stream);
    current = stream;
  };

  const lose = (end: StreamEnd) => {
    if (end.code === STATUS_CODES.UNIMPLEMENTED) {
      enter({ kind: 'refused' });
      events.emit('refused', { message: end.message });
      return;
    }
    failures += 1;
    enter({ kind: 'backing off', failures });
    timer = clock.setTimer(backoffMs(failures, limits.reopen, random), reopen);
    events.emit('lost', end);
  };
  const reopen = () => {
    if (channel.getConnectivityState(false) === connectivityState.READY) open();
    else enter({ kind: 'waiting' });
  };

  followConnectivity(channel, (connectivity) => {
    if (state.kind === 'closed') return false;
    if (connectivity === connectivityState.READY) {
      if (state.kind === 'waiting') open();
    } else if (connectivity === connectivityState.SHUTDOWN) {
      close();
    } else if (state.kind !== 'opening' && state.kind !== 'open') {
      enter({ kind: 'waiting' }); // an open stream says itself that it is lost
    }
    return true;
  });

  const close = () => {
    if (state.kind === 'closed') return;
    enter({ kind: 'closed' });
    for (const stream of [...streams]) stream.close('the client was closed');
  };

  return {
    name: 'multiplexed',
    get state() {
      return state;
    },
    events,
    get inFlight() {
      let sum = 0;
      for (const stream of streams) sum += stream.inFlight;
      return sum;
    },
    start(attempt) {
      if (current === undefined || !current.begin(attempt)) plain.start(attempt);
    },
    cancel(attempt) {
      const { carrier } = attempt;
      if (carrier instanceof StreamCall) carrier.stream.cancel(carrier);
      else plain.cancel(attempt);
    },
    close,
  };
}

function identity(bytes: Buffer): Buffer {
  return bytes;
}

/** Tells each state of the channel, until the listener says false or the channel is closed. */
function followConnectivity(channel: Channel, listener: (state: connectivityState) => boolean): void {
  const step = () => {
    const now = channel.getConnectivityState(false);
    if (!listener(now) || now === connectivityState.SHUTDOWN) return;
    // Without a time limit there is no timer to leak: closing the channel calls back with SHUTDOWN.
    channel.watchConnectivityState(now, Infinity, step);
  };
  step();
}
