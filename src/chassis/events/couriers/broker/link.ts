import { AppError, raceAbort, systemClock, type Clock, type Emitter } from '../../../core/index.ts';
import type { CloudEventBinding } from '../../cloud-event-headers.ts';
import type { BrokerAdapter, BrokerConnection, BrokerName } from './broker.ts';
import type { BrokerEvents } from './broker-events.ts';

/** A process's one connection to its broker: opened when it is needed, and anew after it broke. */
export interface BrokerLink {
  readonly name: BrokerName;
  readonly binding: CloudEventBinding;
  /** The broker takes no messages for the time being. */
  readonly isBlocked: boolean;
  /** The connection there is, or a new one, at one try. Rejects when the broker is away, or does not answer for half a minute. */
  connection(): Promise<BrokerConnection>;
  /** Ends it, for good. Idempotent. */
  close(): Promise<void>;
}

/** Opening a connection takes at most so long, in milliseconds, whatever an adapter waits for. */
const CONNECT_TIMEOUT_MS = 30_000;

/** Not connected yet. */
export function createBrokerLink(
  adapter: BrokerAdapter,
  events: Emitter<BrokerEvents>,
  clock: Pick<Clock, 'setTimer'> = systemClock,
): BrokerLink {
  const { name: courier } = adapter;
  const closing = new AbortController();
  let current: Promise<BrokerConnection> | undefined;
  let isBlocked = false;

  function changed(blocked: string | undefined): void {
    if (blocked !== undefined) events.emit('blocked', { courier, reason: blocked });
    else if (isBlocked) events.emit('unblocked', { courier });
    isBlocked = blocked !== undefined;
  }

  /** A connection that comes when it is no longer waited for is closed. */
  async function open(): Promise<BrokerConnection> {
    const late = new AbortController();
    const timer = clock.setTimer(CONNECT_TIMEOUT_MS, () => late.abort());
    const signal = AbortSignal.any([closing.signal, late.signal]);
    const opening = adapter.connect(signal, { changed });
    try {
      return await raceAbort(opening, signal);
    } catch (error) {
      opening.then(
        (unwanted) => unwanted.close(),
        () => undefined, // nobody waits for its error either
      );
      throw late.signal.aborted ? connectsTooLong(courier) : error;
    } finally {
      timer.cancel();
    }
  }

  async function connect(): Promise<BrokerConnection> {
    closing.signal.throwIfAborted();
    const connection = await open();
    events.emit('connected', { courier });
    const forget = () => {
      current = undefined;
      changed(undefined); // the next one is told anew
      const error: unknown = closing.signal.aborted ? undefined : connection.lost.reason;
      events.emit('disconnected', { courier, error });
    };
    if (connection.lost.aborted) forget();
    else connection.lost.addEventListener('abort', forget, { once: true });
    return connection;
  }

  return {
    name: courier,
    binding: adapter.binding,
    get isBlocked() {
      return isBlocked;
    },
    connection() {
      current ??= connect().catch((error: unknown) => {
        current = undefined;
        throw error;
      });
      return current;
    },
    async close() {
      closing.abort();
      const open = await current?.catch(() => undefined); // one that cannot be opened needs no closing
      await open?.close();
    },
  };
}

function connectsTooLong(courier: BrokerName): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'BROKER_CONNECT_TIMEOUT',
    message: `no connection to ${courier} within ${CONNECT_TIMEOUT_MS} ms`,
  });
}
