import type { IKeyValue, IWatchResponse } from 'etcd3';

import { backoffMs, createEmitter, type Clock, type Random } from '../../core/index.ts';
import type { Instance } from '../instance.ts';
import type { Watcher, WatcherEvents, WatcherState } from '../registry.ts';
import { leaveStream, prefixEnd, type EtcdClient } from './etcd-client.ts';
import { createInstanceSet, type KeyChange, type KeyValue } from './instance-set.ts';
import { processPrefix } from './keys.ts';
import { createStreamInbox } from './stream-inbox.ts';

const BACKOFF = { baseMs: 100, maxMs: 1_000 };

/** A watch that lived this long was no failure when it ends: the next wait is the first one again. */
const STABLE_MS = 5_000;

/** What a watcher is made with. It owns the client. */
export interface EtcdWatcherOptions {
  readonly client: EtcdClient;
  /** Called once it is closed. */
  readonly onClosed: () => void;
  readonly clock: Clock;
  readonly random: Random;
  /** How long etcd may take to confirm a watch, in milliseconds. */
  readonly requestTimeoutMs: number;
}

/**
 * Lists the process's instances, then watches from the list's revision + 1; whatever ends the watch (compaction, cancel,
 * disconnect) is answered by listing again, compared by mod revision, for ever, with full jitter between attempts.
 */
export function createEtcdWatcher(process: string, options: EtcdWatcherOptions): Watcher {
  const { client, onClosed, clock, random, requestTimeoutMs } = options;
  const prefix = processPrefix(process);
  const events = createEmitter<WatcherEvents>();
  const closing = new AbortController();
  const { signal } = closing;
  const set = createInstanceSet((key, reason) => events.emit('malformed', { key, reason }));
  let instances: readonly Instance[] | undefined;
  let state: WatcherState = { kind: 'listing', failures: 0 };
  let closed: Promise<void> | undefined;

  const publish = () => {
    instances = set.instances;
    events.emit('instances', { instances });
  };

  const listAndWatch = async (onWatching: () => void): Promise<never> => {
    const { revision, kvs } = await client.list(prefix);
    signal.throwIfAborted();
    if (set.replace(kvs.map(toKeyValue))) publish();

    const stream = await client.openWatch();
    try {
      const inbox = createStreamInbox(stream, clock);
      const key = Buffer.from(prefix);
      const startRevision = String(BigInt(revision) + 1n);
      stream.write({ create_request: { key, range_end: prefixEnd(key), start_revision: startRevision } });
      let response = await inbox.next({ signal, timeoutMs: requestTimeoutMs });
      for (;;) {
        if (response.canceled) throw new Error(`etcd cancelled the watch: ${whyCancelled(response)}`);
        if (response.created) onWatching();
        state = { kind: 'watching', revision: response.header.revision };
        if (set.apply(response.events.map(toChange))) publish();
        response = await inbox.next({ signal });
      }
    } finally {
      leaveStream(stream);
    }
  };

  const run = async () => {
    let failures = 0;
    while (!signal.aborted) {
      let watchingSinceMs: number | undefined;
      try {
        await listAndWatch(() => (watchingSinceMs = clock.monotonicMs()));
      } catch (error) {
        if (signal.aborted) break;
        const lasted = watchingSinceMs === undefined ? 0 : clock.monotonicMs() - watchingSinceMs;
        failures = lasted >= STABLE_MS ? 1 : failures + 1;
        state = { kind: 'listing', failures };
        const delayMs = backoffMs(failures, BACKOFF, random);
        events.emit('interrupted', { error, delayMs });
        await clock.sleep(delayMs, signal).catch(() => undefined); // closed
      }
    }
  };
  const running = run();

  const shutDown = async () => {
    state = { kind: 'closed' };
    closing.abort();
    await running;
    client.close();
    onClosed();
  };
  const close = () => (closed ??= shutDown());

  return {
    process,
    get state() {
      return state;
    },
    get instances() {
      return instances;
    },
    events,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A list's or event's key and value as text. */
export function toKeyValue(kv: IKeyValue): KeyValue {
  return { key: kv.key.toString(), value: kv.value.toString(), modRevision: kv.mod_revision };
}

function toChange({ type, kv }: IWatchResponse['events'][number]): KeyChange {
  // etcd3's type says Put and Delete; the wire says PUT and DELETE.
  return type.toUpperCase() === 'DELETE'
    ? { kind: 'delete', key: kv.key.toString() }
    : { kind: 'put', kv: toKeyValue(kv) };
}

function whyCancelled({ cancel_reason: reason, compact_revision: compacted }: IWatchResponse): string {
  return Number(compacted) > 0 ? `its revision was compacted (${compacted})` : reason;
}
