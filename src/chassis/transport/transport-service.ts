import type { ServiceDefinition, UntypedServiceImplementation, handleBidiStreamingCall } from '@grpc/grpc-js';

import { STATUS_CODES, createDeadlineWheel, createDeferred, type Clock } from '../core/index.ts';
import { EXCHANGE_PATH } from './protocol.ts';
import { serveStream, type ServedExchange, type ServedStream } from './served-stream.ts';
import {
  DEFAULT_SERVER_TRANSPORT_LIMITS,
  type ServerTransportLimits,
  type TransportStats,
} from './transport-limits.ts';
import type { UnaryDispatcher } from './unary.ts';

/** The server's side of the shared streams, to be added to a grpc-js server. Owned by the server. */
export interface TransportService {
  /** For grpc-js's `server.addService(definition, implementation)`. */
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
  /** The RPC's path, and what answers it: the same as the two above, for who adds handlers one by one. */
  readonly path: string;
  readonly handler: handleBidiStreamingCall<Buffer, Buffer>;
  readonly stats: Readonly<TransportStats>;
  /**
   * Begins no more calls on any stream, tells every client at once which ones it has begun, and resolves when those are
   * answered and the streams have ended. Unbounded: `close` ends it. New streams are refused with UNAVAILABLE.
   */
  drain(): Promise<void>;
  /** Cancels what still runs and ends all streams with UNAVAILABLE. Idempotent. */
  close(): void;
}

/** What it is made with. */
export interface TransportServiceOptions {
  readonly dispatcher: UnaryDispatcher;
  readonly clock: Clock;
  readonly limits?: Partial<ServerTransportLimits> | undefined;
  /** Who is at the other end of a stream, where its connection says so; default: nobody knows. */
  readonly callerOf?: ((exchange: ServedExchange) => string | undefined) | undefined;
}

/** Makes the service for one server. */
export function createTransportService({
  dispatcher,
  clock,
  callerOf,
  ...rest
}: TransportServiceOptions): TransportService {
  const limits = { ...DEFAULT_SERVER_TRANSPORT_LIMITS, ...rest.limits };
  const deadlines = createDeadlineWheel(clock);
  const stats: TransportStats = { streams: 0, inFlight: 0, started: 0, violations: 0, refused: 0 };
  const streams = new Set<ServedStream>();
  const perPeer = new Map<string, number>();
  const emptied = createDeferred();
  let isDraining = false;

  const refuse = (exchange: ServedExchange, code: number, details: string) => {
    stats.refused += 1;
    exchange.emit('error', { code, details }); // how a grpc-js handler ends its stream with a status
  };
  const settleWhenEmpty = () => {
    if (isDraining && streams.size === 0) emptied.resolve();
  };

  const handler = (exchange: ServedExchange) => {
    const peer = exchange.getPeer();
    const ofPeer = perPeer.get(peer) ?? 0;
    if (isDraining) return refuse(exchange, STATUS_CODES.UNAVAILABLE, 'the server is draining');
    if (ofPeer >= limits.maxStreamsPerPeer) {
      return refuse(exchange, STATUS_CODES.RESOURCE_EXHAUSTED, 'too many shared streams on one connection');
    }
    perPeer.set(peer, ofPeer + 1);
    const onEnd = () => {
      streams.delete(stream);
      stats.streams -= 1;
      const left = (perPeer.get(peer) ?? 1) - 1;
      if (left === 0) perPeer.delete(peer);
      else perPeer.set(peer, left);
      settleWhenEmpty();
    };
    const caller = callerOf?.(exchange);
    const stream = serveStream({ stream: exchange, dispatcher, clock, deadlines, limits, stats, caller, onEnd });
    streams.add(stream);
    stats.streams += 1;
  };

  return {
    definition: { exchange: EXCHANGE },
    implementation: { exchange: handler },
    path: EXCHANGE_PATH,
    handler,
    stats,
    drain() {
      isDraining = true;
      for (const stream of [...streams]) stream.drain();
      settleWhenEmpty();
      return emptied.promise;
    },
    close() {
      isDraining = true;
      for (const stream of [...streams]) stream.close();
      deadlines.close();
      settleWhenEmpty();
    },
  };
}

const identity = (bytes: Buffer) => bytes;

/** The RPC with its messages left encoded. */
const EXCHANGE: ServiceDefinition[string] = {
  path: EXCHANGE_PATH,
  requestStream: true,
  responseStream: true,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
};
