import type { IKeyValue, IWatchRequest, IWatchResponse } from 'etcd3';

import { raceAbort, type Clock, type Random } from '../../core/index.ts';
import { followForever, type Attempt, type Follower, type Interruption } from '../follow.ts';
import { leaveStream, type EtcdClient, type KeyRange } from './etcd-client.ts';
import type { EtcdClients } from './etcd-clients.ts';
import { createStreamInbox, type StreamInbox } from './stream-inbox.ts';

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
  readonly onInterrupted: (interruption: Interruption) => void;
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
  let known: { readonly clusterId: string; readonly revision: bigint } | undefined;

  const list = async (client: EtcdClient, signal: AbortSignal): Promise<bigint> => {
    const listed = await raceAbort(client.list(range), signal);
    const revision = BigInt(listed.revision);
    const afterReset = known !== undefined && (known.clusterId !== listed.clusterId || revision < known.revision);
    known = { clusterId: listed.clusterId, revision };
    onList(listed.kvs.map(toKeyValue), afterReset);
    return revision;
  };

  const listAndWatch = async (client: EtcdClient, { signal, watching }: Attempt): Promise<never> => {
    const revision = await list(client, signal);
    const stream = await client.openWatch();
    try {
      const inbox = createStreamInbox(stream, clock);
      stream.write(watchFrom(range, revision + 1n));
      const created = await inbox.next({ signal, timeoutMs: requestTimeoutMs });
      if (created === undefined) throw silence(client, requestTimeoutMs);
      for (let response = created; ;) {
        if (response.canceled) throw new Error(`etcd cancelled the watch: ${whyCancelled(response)}`);
        watching(response.header.revision);
        if (response.events.length > 0) onChanges(response.events.map(toChange));
        response =
          (await inbox.next({ signal, timeoutMs: QUIET_MS })) ??
          (await proof(inbox, { client, signal, ask: () => stream.write({ progress_request: {} }) }));
      }
    } finally {
      leaveStream(stream);
    }
  };

  /** Etcd's answer that there was nothing to say. */
  const proof = async (
    inbox: StreamInbox<IWatchResponse>,
    { client, signal, ask }: { readonly client: EtcdClient; readonly signal: AbortSignal; ask(): void },
  ) => {
    ask();
    const answer = await inbox.next({ signal, timeoutMs: requestTimeoutMs });
    if (answer === undefined) throw silence(client, QUIET_MS + requestTimeoutMs);
    return answer;
  };

  const follow = async (attempt: Attempt): Promise<never> => {
    const client = clients.open();
    try {
      return await listAndWatch(client, attempt);
    } finally {
      client.close();
    }
  };
  return followForever({ clock, random, stableMs: STABLE_MS, follow, onInterrupted });
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
