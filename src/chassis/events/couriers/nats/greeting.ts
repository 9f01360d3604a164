import { createConnection } from 'node:net';

import { AppError, type Clock } from '../../../core/index.ts';

/** A server that says nothing is given up after so long, in milliseconds. */
const GREETING_TIMEOUT_MS = 5_000;
/** NATS's own, for a server that is named without. */
const DEFAULT_PORT = '4222';

/**
 * The first of the servers (`host[:port]`) that greets a connection, as NATS does before anything else. One that accepts and says nothing must not be
 * given to NATS's library, which leaves the socket open for ever, at every try.
 *
 * @throws AppError UNAVAILABLE, BROKER_NO_ANSWER; what the first of them failed with; an AbortError when the signal fires.
 */
export async function firstToGreet(
  servers: readonly string[],
  { signal, clock }: { readonly signal: AbortSignal; readonly clock: Pick<Clock, 'setTimer'> },
): Promise<string> {
  const ended = new AbortController();
  const timer = clock.setTimer(GREETING_TIMEOUT_MS, () => ended.abort(noAnswer()));
  const ending = AbortSignal.any([signal, ended.signal]);
  try {
    return await Promise.any(servers.map((server) => greeted(server, ending)));
  } catch (error) {
    if (ended.signal.aborted) throw ended.signal.reason;
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    timer.cancel();
    ended.abort();
  }
}

function greeted(server: string, signal: AbortSignal): Promise<string> {
  const { hostname, port } = new URL(`nats://${server}`);
  const host = hostname.replace(/^\[(.*)\]$/, '$1'); // an IPv6 address has brackets in URLs alone
  const socket = createConnection({ host, port: Number(port || DEFAULT_PORT), signal });
  return new Promise<string>((resolve, reject) => {
    socket.once('data', () => resolve(server));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`${server} has closed the connection`)));
  }).finally(() => socket.destroy());
}

function noAnswer(): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'BROKER_NO_ANSWER',
    message: `no NATS server has answered within ${GREETING_TIMEOUT_MS} ms`,
  });
}
