import { Server, ServerCredentials } from '@grpc/grpc-js';

import { systemClock, systemRandom, type Clock, type Random } from '../../chassis/core/index.ts';
import { createLeaseBook } from './leases/lease-book.ts';
import { createLessor } from './leases/lessor.ts';
import { authMethods } from './services/auth.ts';
import { clusterMethods } from './services/cluster.ts';
import { kvMethods } from './services/kv.ts';
import { leaseKeepAlive, leaseMethods } from './services/lease.ts';
import { maintenanceMethods } from './services/maintenance.ts';
import { createOpenStreams } from './services/open-streams.ts';
import { serveUnary, type UnaryMethods } from './services/unary.ts';
import { watch } from './services/watch.ts';
import { createStore } from './store/store.ts';
import { createWatchHub } from './watch/watch-hub.ts';
import { createIdentity, headersOf } from './wire/header.ts';
import { loadProtocol } from './wire/protocol.ts';

/** A running embedded etcd. Whoever made it closes it. */
export interface EmbeddedEtcd extends AsyncDisposable {
  /** `host:port` as clients reach it. */
  readonly address: string;
  /** Ends every stream with UNAVAILABLE and stops listening; what was stored is gone. Idempotent. */
  close(): Promise<void>;
}

/** The part of a pino logger that the server uses. */
export interface EmbeddedEtcdLogger {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Where to listen, and what tests put in the place of time and chance. */
export interface EmbeddedEtcdOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: EmbeddedEtcdLogger;
  /** How many revisions stay readable; older ones are compacted on their own. */
  readonly historyLimit?: number;
  /** How often an idle watcher that asked for progress hears of it. */
  readonly progressNotifyIntervalMs?: number;
}

/** What an option is when it is not given; the interval is etcd's own. */
const EMBEDDED_ETCD_DEFAULTS = {
  historyLimit: 10_000,
  progressNotifyIntervalMs: 600_000,
} as const;

/** etcd takes requests of 1.5 MiB and half a MiB of overhead. Source: etcd, embed.DefaultMaxRequestBytes, v3rpc/grpc.go. */
const MAX_RECEIVE_BYTES = 2 * 1024 * 1024;

/** How long close() lets clients take their last messages. */
const CLOSE_GRACE_MS = 500;

/**
 * Serves etcd's v3 gRPC API from memory, for the processes of one machine: no cluster, no disk, no TLS, no
 * authentication. Ready to be called when the promise resolves; rejects when the address cannot be had.
 */
export async function createEmbeddedEtcd(options: EmbeddedEtcdOptions): Promise<EmbeddedEtcd> {
  const { clock = systemClock, random = systemRandom, logger } = options;
  const { historyLimit, progressNotifyIntervalMs } = { ...EMBEDDED_ETCD_DEFAULTS, ...options };
  const protocol = await loadProtocol();

  const identity = createIdentity(random);
  const header = headersOf(identity);
  const book = createLeaseBook();
  const store = createStore({ leases: book, historyLimit });
  const lessor = createLessor({ book, clock, random, deleteKeys: store.deleteKeys });
  const hub = createWatchHub({ store, clock, progressNotifyIntervalMs });

  const streams = createOpenStreams();

  let address = '';
  const server = new Server({ 'grpc.max_receive_message_length': MAX_RECEIVE_BYTES });
  const serve = (methods: UnaryMethods) =>
    serveUnary(methods, (error, method) => logger?.error({ err: error, method }, 'embedded etcd failed a call'));
  server.addService(protocol.KV, serve(kvMethods(store, header)));
  server.addService(protocol.Lease, {
    ...serve(leaseMethods(lessor, store, header)),
    LeaseKeepAlive: leaseKeepAlive(lessor, store, header, streams),
  });
  server.addService(protocol.Watch, { Watch: watch(hub, header, streams) });
  server.addService(protocol.Maintenance, serve(maintenanceMethods(store, identity, header)));
  server.addService(protocol.Cluster, serve(clusterMethods(store, identity, header, () => address)));
  server.addService(protocol.Auth, serve(authMethods(store, header)));

  address = joinHostPort(options.host, await listen(server, options));
  logger?.info({ address }, 'embedded etcd serves, in memory');

  let closing: Promise<void> | undefined;
  async function stop(): Promise<void> {
    hub.close();
    lessor.close();
    streams.endAll();
    await shutDown(server, clock);
    logger?.info({ address }, 'embedded etcd stopped');
  }
  const close = () => (closing ??= stop());
  return { address, close, [Symbol.asyncDispose]: close };
}

function listen(server: Server, { host, port }: EmbeddedEtcdOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(joinHostPort(host, port), ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
}

/**
 * Ends as soon as the clients have their last messages, and by force when one does not take them. Waits for no socket
 * after that: Node ends the sockets of sessions that are closing instead of destroying them, so one whose other end is
 * gone without a word would be waited for until TCP gives it up.
 */
function shutDown(server: Server, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const force = clock.setTimer(CLOSE_GRACE_MS, () => {
      server.forceShutdown();
      resolve();
    });
    server.tryShutdown(() => {
      force.cancel();
      resolve();
    });
  });
}

function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
