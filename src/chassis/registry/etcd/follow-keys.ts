import type { IKeyValue, IWatchRequest, IWatchResponse } from 'etcd3';

import { backoffMs, raceAbort, type Clock, type Random } from '../../core/index.ts';
import type { WatcherState } from '../registry.ts';
import { leaveStream, type EtcdClient, type KeyRange } from './etcd-client.ts';
import type { EtcdClients } from './etcd-clients.ts';
import { createStreamInbox, type StreamInbox } from './stream-inbox.ts';

const BACKOFF = { baseMs: 100, maxMs: 1_000 };

/** A watch that lived this long was no failure when it ends: the next wait is the first one again. */
const STABLE_MS = 5_000;

/** A watch that hears nothing for so long asks etcd where it is. */
const QUIET_MS = 2_000;

/** A key as etcd tells it, decoded. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly modRevision: string;
  readonly leaseId: string;
}

/** One event of a watch. */
export type KeyChange =
  | { readonly kind: 'put'; readonly kv: KeyValue }
  | { readonly kind: 'delete'; readonly key: string; readonly modRevision: string };

/** What is followed, and who is told. */
export interface FollowOptions {
  readonly clients: EtcdClients;
  readonly range: KeyRange;
  readonly clock: Clock;
  readonly random: Random;
  /** How long etcd may take to confirm a watch, or to say that it is alive, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Everything there is. `afterReset`: the store forgot what it held; it was wiped, restored or replaced. */
  readonly onList: (kvs: readonly KeyValue[], afterReset: boolean) => void;
  /** What changed since, in its order. */
  readonly onChanges: (changes: readonly KeyChange[]) => void;
  /** The list could not be read or the watch ended; the list is read again after `delayMs`. */
  readonly onInterrupted: (event: { readonly error: unknown; readonly delayMs: number }) => void;
}

/** A range that is being followed. */
export interface Follower {
  readonly state: WatcherState;
  /** Idempotent; nobody is told anything after it is called. */
  close(): Promise<void>;
}

/**
 * Lists, then watches from the list's revision + 1. Whatever ends the watch (compaction, cancel, disconnect) or makes it
 * doubtful (silence: etcd does not answer a progress request) is met by listing again, for ever, with full jitter
 * between attempts. Progress requests are etcd 3.4's; the revision that they are answered with is not used, because
 * versions before 3.4.25 may send it ahead of the events below it.
 * Source: https://etcd.io/docs/v3.4/dev-guide/interacting_v3/, https://github.com/etcd-io/etcd/issues/15220
 */
export function followKeys(options: FollowOptions): Follower {
  const { clients, range, clock, random, requestTimeoutMs, onList, onChanges, onInterrupted } = options;
  const closing = new AbortController();
  const { signal } = closing;
  let state: WatcherState = { kind: 'listing', failures: 0 };
  let known: { readonly clusterId: string; readonly revision: bigint } | undefined;

  const list = async (client: EtcdClient): Promise<bigint> => {
    const listed = await raceAbort(client.list(range), signal);
    const revision = BigInt(listed.revision);
    const afterReset = known !== undefined && (known.clusterId !== listed.clusterId || revision < known.revision);
    known = { clusterId: listed.clusterId, revision };
    onList(listed.kvs.map(toKeyValue), afterReset);
    return revision;
  };

  const listAndWatch = async (client: EtcdClient, onWatching: () => void): Promise<never> => {
    const revision = await list(client);
    const stream = await client.openWatch();
    try {
      const inbox = createStreamInbox(stream, clock);
      stream.write(watchFrom(range, revision + 1n));
      const created = await inbox.next({ signal, timeoutMs: requestTimeoutMs });
      if (created === undefined) throw silence(client, requestTimeoutMs);
      let response = created;
      onWatching();
      for (;;) {
        if (response.canceled) throw new Error(`etcd cancelled the watch: ${whyCancelled(response)}`);
        state = { kind: 'watching', revision: response.header.revision };
        if (response.events.length > 0) onChanges(response.events.map(toChange));
        response = await nextOrProof(inbox, client, () => stream.write({ progress_request: {} }));
      }
    } finally {
      leaveStream(stream);
    }
  };

  /** The next message; when none comes, etcd's answer that there was nothing to say. */
  const nextOrProof = async (inbox: StreamInbox<IWatchResponse>, client: EtcdClient, ask: () => void) => {
    const response = await inbox.next({ signal, timeoutMs: QUIET_MS });
    if (response !== undefined) return response;
    ask();
    const proof = await inbox.next({ signal, timeoutMs: requestTimeoutMs });
    if (proof === undefined) throw silence(client, QUIET_MS + requestTimeoutMs);
    return proof;
  };

  const run = async () => {
    let failures = 0;
    while (!signal.aborted) {
      const client = clients.open();
      let watchingSinceMs: number | undefined;
      try {
        await listAndWatch(client, () => (watchingSinceMs = clock.monotonicMs()));
      } catch (error) {
        if (signal.aborted) break;
        const lasted = watchingSinceMs === undefined ? 0 : clock.monotonicMs() - watchingSinceMs;
        failures = lasted >= STABLE_MS ? 1 : failures + 1;
        state = { kind: 'listing', failures };
        const delayMs = backoffMs(failures, BACKOFF, random);
        onInterrupted({ error, delayMs });
        await clock.sleep(delayMs, signal).catch(() => undefined); // closed
      } finally {
        client.close();
      }
    }
  };
  const running = run();

  return {
    get state() {
      return state;
    },
    close() {
      state = { kind: 'closed' };
      closing.abort();
      return running;
    },
  };
}

function watchFrom({ start, end }: KeyRange, revision: bigint): IWatchRequest {
  const range = end === undefined ? { key: start } : { key: start, range_end: end };
  return { create_request: { ...range, start_revision: String(revision) } };
}

function silence(client: EtcdClient, ms: number): Error {
  client.reportSilence();
  return new Error(`etcd was silent for ${ms} ms`);
}

/** A list's or event's key and value as text. */
export function toKeyValue(kv: IKeyValue): KeyValue {
  return { key: kv.key.toString(), value: kv.value.toString(), modRevision: kv.mod_revision, leaseId: kv.lease };
}

function toChange({ type, kv }: IWatchResponse['events'][number]): KeyChange {
  // etcd3's type says Put and Delete; the wire says PUT and DELETE.
  return type.toUpperCase() === 'DELETE'
    ? { kind: 'delete', key: kv.key.toString(), modRevision: kv.mod_revision }
    : { kind: 'put', kv: toKeyValue(kv) };
}

function whyCancelled({ cancel_reason: reason, compact_revision: compacted }: IWatchResponse): string {
  return Number(compacted) > 0 ? `its revision was compacted (${compacted})` : reason;
}
