import { noop } from 'cockatiel';
import {
  Etcd3,
  GRPCDeadlineExceededError,
  type IDuplexStream,
  type ILeaseKeepAliveRequest,
  type ILeaseKeepAliveResponse,
  type IKeyValue,
  type IWatchRequest,
  type IWatchResponse,
} from 'etcd3';

import type { Clock } from '../../core/index.ts';

/** How etcd is reached. */
export interface EtcdConnection {
  /** host:port, with or without http://; calls go to any of them. */
  readonly endpoints: readonly string[];
  /** No unary call takes longer, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Clients of one name share a TCP connection to each host. */
  readonly name: string;
  /** A call was not answered in time: the connection may be one whose other end is gone without a word. */
  readonly onSilence: () => void;
}

/** All keys of a range, read at one revision. */
export interface KeyList {
  readonly revision: string;
  /** Another one than before means that what was known of the store is worth nothing. */
  readonly clusterId: string;
  readonly kvs: readonly IKeyValue[];
}

/** The calls to etcd we make, each bounded in time. */
export interface EtcdClient {
  list(range: KeyRange, options?: { readonly keysOnly: boolean }): Promise<KeyList>;
  /** Resolves with the revision that the put made. */
  put(key: string, value: string, leaseId: string): Promise<string>;
  /** Puts a key that stays until somebody takes it away. */
  putForGood(key: string, value: string): Promise<void>;
  /** A key that is not there counts as taken away. */
  remove(key: string): Promise<void>;
  /** Makes a lease of this id; resolves with the TTL that etcd chose, in seconds. Rejects when the id is taken. */
  grant(leaseId: string, ttlSeconds: number): Promise<number>;
  /** A lease that is not there counts as revoked. */
  revoke(leaseId: string): Promise<void>;
  openKeepAlive(): Promise<IDuplexStream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>>;
  openWatch(): Promise<IDuplexStream<IWatchRequest, IWatchResponse>>;
  /** Something that etcd answers at once was not answered: clients opened from now on connect anew. */
  reportSilence(): void;
  /** Idempotent. */
  close(): void;
}

/**
 * etcd3 as far as it can be trusted: its generated calls and its choice of a host. Not its leases (never granted again),
 * nor its watchers (die in silence after a compaction), nor its retries and circuit breaker (no backoff; five seconds
 * of refusal after etcd is back). Each attempt at something has a client of its own, because one failed call closes all
 * streams of its client; grpc-js shares the connection below them.
 */
export function createEtcdClient(connection: EtcdConnection, clock: Clock): EtcdClient {
  const { endpoints, requestTimeoutMs, name, onSilence } = connection;
  const etcd = new Etcd3({
    hosts: [...endpoints],
    faultHandling: { global: noop, host: () => noop },
    defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: clock.now() + requestTimeoutMs }),
    grpcOptions: {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 500,
      'grpc.min_reconnect_backoff_ms': requestTimeoutMs,
      'grpc.keepalive_time_ms': 10_000, // Go servers answer shorter ones with too_many_pings
      'grpc.keepalive_timeout_ms': 3_000,
      'grpc.max_receive_message_length': -1, // ten thousand instances are one answer
      'grpc.enable_http_proxy': 0,
      'grpc.secondary_user_agent': name, // grpc-js shares connections between channels of equal options
    },
  });
  const heard = async <Answer>(call: Promise<Answer>): Promise<Answer> => {
    try {
      return await call;
    } catch (error) {
      if (error instanceof GRPCDeadlineExceededError) onSilence();
      throw error;
    }
  };
  return {
    async list({ start, end }, { keysOnly } = { keysOnly: false }) {
      const request = { key: start, ...(end === undefined ? {} : { range_end: end }), keys_only: keysOnly };
      const { header, kvs } = await heard(etcd.kv.range(request));
      return { revision: header.revision, clusterId: header.cluster_id, kvs };
    },
    async put(key, value, leaseId) {
      const request = { key: Buffer.from(key), value: Buffer.from(value), lease: leaseId };
      return (await heard(etcd.kv.put(request))).header.revision;
    },
    async putForGood(key, value) {
      await heard(etcd.kv.put({ key: Buffer.from(key), value: Buffer.from(value) }));
    },
    async remove(key) {
      await heard(etcd.kv.deleteRange({ key: Buffer.from(key) }));
    },
    async grant(leaseId, ttlSeconds) {
      return Number((await heard(etcd.leaseClient.leaseGrant({ ID: leaseId, TTL: ttlSeconds }))).TTL);
    },
    async revoke(leaseId) {
      try {
        await heard(etcd.leaseClient.leaseRevoke({ ID: leaseId }));
      } catch (error) {
        if (!isLeaseGone(error)) throw error;
      }
    },
    openKeepAlive: () => etcd.leaseClient.leaseKeepAlive(),
    openWatch: () => etcd.watchClient.watch(),
    reportSilence: onSilence,
    close: () => etcd.close(),
  };
}

/** etcd3 tells errors apart by etcd's texts. Source: etcd, rpctypes/error.go. */
function isLeaseGone(error: unknown): boolean {
  return error instanceof Error && error.message.includes('requested lease not found');
}

/**
 * Leaves a stream at once. It is ended first: etcd3 takes the cancellation of a stream it could still write to for a
 * failure of the host, and closes the client's other calls with it (a revocation among them).
 */
export function leaveStream(stream: { end(): void; cancel(): void }): void {
  stream.end();
  stream.cancel();
}

/** One key, or all from `start` to before `end`. Source: etcd API, "Key ranges". */
export interface KeyRange {
  readonly start: Buffer;
  readonly end: Buffer | undefined;
}

/** One key. */
export function singleKey(key: string): KeyRange {
  return { start: Buffer.from(key), end: undefined };
}

/** All keys that begin with the prefix: `end` is the first key after them. */
export function keysWith(prefix: string): KeyRange {
  const start = Buffer.from(prefix);
  const end = Buffer.from(start);
  for (let last = end.length - 1; last >= 0; last--) {
    const byte = end[last]!; // within the buffer
    if (byte < 0xff) {
      end[last] = byte + 1;
      return { start, end: end.subarray(0, last + 1) };
    }
  }
  return { start, end: Buffer.of(0) }; // every key there is
}
