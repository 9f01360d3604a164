import type { Server as GrpcServer } from '@grpc/grpc-js';

import type { Clock } from '../core/index.ts';
import type { Health } from '../health/index.ts';
import { serverDraining, type InFlight } from '../middleware/server/index.ts';
import type { TransportService } from '../transport/index.ts';

/** How long callers have to leave; both count from the beginning of the drain. */
export interface DrainOptions {
  /** Then open streams are ended with UNAVAILABLE; those of health are ended at once, they wait for this very news. */
  readonly streamTimeoutMs: number;
  /** Then unary calls are ended too. */
  readonly timeoutMs: number;
}

/** What is emptied. */
export interface DrainedServer {
  readonly grpc: GrpcServer;
  /** Undefined: the server offers none. */
  readonly transport: TransportService | undefined;
  readonly inFlight: InFlight;
  readonly health: Health;
  readonly clock: Pick<Clock, 'sleep'>;
}

/** For answers to leave the process, and for peers to close their connections after GOAWAY. */
const FAREWELL_MS = 250;

/**
 * Empties a server. First it only tells its peers, on their shared streams and by GOAWAY, and stops listening: their further
 * calls go elsewhere by themselves, what was begun is served. Then streams are ended, then everything, then connections.
 * Bounded: grpc-js's own shutdown waits for ever on an open stream.
 */
export async function drainServer(server: DrainedServer, { streamTimeoutMs, timeoutMs }: DrainOptions): Promise<void> {
  const { grpc, transport, inFlight, health, clock } = server;
  health.end(serverDraining('the server is shutting down'));
  const shared = transport?.drain();
  const closed = Promise.all([shared, shutdown(grpc)]).then(() => undefined);
  if (!(await settlesWithin(inFlight.idle(), Math.min(streamTimeoutMs, timeoutMs), clock))) {
    inFlight.refuse();
    inFlight.end('stream', 'infrastructure');
    const restMs = Math.max(0, timeoutMs - streamTimeoutMs);
    if (!(await settlesWithin(inFlight.idle(), restMs, clock))) inFlight.end('unary', 'stream', 'infrastructure');
  }
  inFlight.refuse();
  await settlesWithin(closed, FAREWELL_MS, clock);
  transport?.close();
  grpc.forceShutdown();
}

function shutdown(grpc: GrpcServer): Promise<void> {
  return new Promise((resolve, reject) => {
    grpc.tryShutdown((error) => (error === undefined ? resolve() : reject(error)));
  });
}

/** True when the promise settled in time. A rejection is passed on. */
async function settlesWithin(promise: Promise<void>, ms: number, clock: Pick<Clock, 'sleep'>): Promise<boolean> {
  const stop = new AbortController();
  const timeout = clock.sleep(ms, stop.signal).then(
    () => false,
    () => false, // stopped below: the promise was first
  );
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    stop.abort();
  }
}
