import type { Server as NiceServer } from 'nice-grpc';

import type { Clock } from '../core/index.ts';
import type { InFlight } from '../middleware/server/index.ts';

/** How long callers have to leave; both count from the beginning of the drain. */
export interface DrainOptions {
  /** Then open streams, health Watch among them, are ended with UNAVAILABLE. */
  readonly streamTimeoutMs: number;
  /** Then unary calls are ended too. */
  readonly timeoutMs: number;
}

/** For answers to leave the process, and for peers to close their connections after GOAWAY. */
const FAREWELL_MS = 250;

/**
 * Empties a server. First it only stops listening and tells its peers (GOAWAY): their further calls go elsewhere by
 * themselves, what has arrived is served. Then streams are ended, then everything, then connections. Bounded:
 * grpc-js's own shutdown waits for ever on an open stream.
 */
export async function drainServer(
  server: NiceServer,
  inFlight: InFlight,
  clock: Pick<Clock, 'sleep'>,
  { streamTimeoutMs, timeoutMs }: DrainOptions,
): Promise<void> {
  const closed = server.shutdown();
  if (!(await settlesWithin(inFlight.idle(), Math.min(streamTimeoutMs, timeoutMs), clock))) {
    inFlight.refuse();
    inFlight.end('streams');
    if (!(await settlesWithin(inFlight.idle(), Math.max(0, timeoutMs - streamTimeoutMs), clock))) inFlight.end('all');
  }
  inFlight.refuse();
  await settlesWithin(closed, FAREWELL_MS, clock);
  server.forceShutdown();
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
