import type { Emitter } from '../../../core/index.ts';
import type { CloudEventBinding } from '../../cloud-event-headers.ts';
import type { BrokerAdapter, BrokerConnection, BrokerName } from './broker.ts';
import type { BrokerEvents } from './broker-events.ts';

/** A process's one connection to its broker: opened when it is needed, and anew after it broke. */
export interface BrokerLink {
  readonly name: BrokerName;
  readonly binding: CloudEventBinding;
  /** The broker takes no messages for the time being. */
  readonly isBlocked: boolean;
  /** The connection there is, or a new one, at one try. Rejects when the broker is away. */
  connection(): Promise<BrokerConnection>;
  /** Ends it, for good. Idempotent. */
  close(): Promise<void>;
}

/** Not connected yet. */
export function createBrokerLink(adapter: BrokerAdapter, events: Emitter<BrokerEvents>): BrokerLink {
  const { name: courier } = adapter;
  const closing = new AbortController();
  let current: Promise<BrokerConnection> | undefined;
  let isBlocked = false;

  function changed(blocked: string | undefined): void {
    if (blocked !== undefined) events.emit('blocked', { courier, reason: blocked });
    else if (isBlocked) events.emit('unblocked', { courier });
    isBlocked = blocked !== undefined;
  }

  async function connect(): Promise<BrokerConnection> {
    closing.signal.throwIfAborted();
    const connection = await adapter.connect(closing.signal, { changed });
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
