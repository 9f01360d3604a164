import { noop } from 'cockatiel';
import {
  Etcd3,
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
}

/** The calls to etcd we make, each bounded in time. */
export interface EtcdClient {
  /** Every key under the prefix, and the revision they were read at. */
  list(prefix: string): Promise<{ readonly revision: string; readonly kvs: readonly IKeyValue[] }>;
  put(key: string, value: string, leaseId: string): Promise<void>;
  /** True when the key is there and belongs to the lease. */
  holds(key: string, leaseId: string): Promise<boolean>;
  /** A new lease's id. */
  grant(ttlSeconds: number): Promise<string>;
  revoke(leaseId: string): Promise<void>;
  openKeepAlive(): Promise<IDuplexStream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>>;
  openWatch(): Promise<IDuplexStream<IWatchRequest, IWatchResponse>>;
  close(): void;
}

/**
 * etcd3 as far as it can be trusted: its generated calls and its choice of a host. Not its leases (never granted again),
 * nor its watchers (die in silence after a compaction), nor its retries and circuit breaker (no backoff; five seconds
 * of refusal after etcd is back). Each user has a client of its own, because one failed call closes all streams of its
 * client; grpc-js shares the connection below them.
 */
export function createEtcdClient({ endpoints, requestTimeoutMs }: EtcdConnection, clock: Clock): EtcdClient {
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
    },
  });
  return {
    async list(prefix) {
      const key = Buffer.from(prefix);
      const response = await etcd.kv.range({ key, range_end: prefixEnd(key) });
      return { revision: response.header.revision, kvs: response.kvs };
    },
    async put(key, value, leaseId) {
      await etcd.kv.put({ key: Buffer.from(key), value: Buffer.from(value), lease: leaseId });
    },
    async holds(key, leaseId) {
      const { kvs } = await etcd.kv.range({ key: Buffer.from(key) });
      return kvs[0]?.lease === leaseId;
    },
    grant: async (ttlSeconds) => (await etcd.leaseClient.leaseGrant({ TTL: ttlSeconds })).ID,
    async revoke(leaseId) {
      await etcd.leaseClient.leaseRevoke({ ID: leaseId });
    },
    openKeepAlive: () => etcd.leaseClient.leaseKeepAlive(),
    openWatch: () => etcd.watchClient.watch(),
    close: () => etcd.close(),
  };
}

/**
 * Leaves a stream at once. It is ended first: etcd3 takes the cancellation of a stream it could still write to for a
 * failure of the host, and closes the client's other calls with it (a revocation among them).
 */
export function leaveStream(stream: { end(): void; cancel(): void }): void {
  stream.end();
  stream.cancel();
}

/** The first key after all that begin with the prefix. Source: etcd API, "Key ranges". */
export function prefixEnd(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  for (let last = end.length - 1; last >= 0; last--) {
    const byte = end[last]!; // within the buffer
    if (byte < 0xff) {
      end[last] = byte + 1;
      return end.subarray(0, last + 1);
    }
  }
  return Buffer.of(0); // every key there is
}
