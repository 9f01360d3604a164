import type { ConnectionOptions } from '@nats-io/transport-node';

/** How to connect, and to which servers: `host[:port]` each. */
export type NatsOptions = ConnectionOptions & { readonly servers: string[] };

/** A server that does not answer is given up after so long, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Between two pings, in milliseconds; a server that misses two is gone. */
const PING_EVERY_MS = 5_000;

/**
 * How to connect to the servers of a URL: `nats://[user:password@]host:port`, or `tls://` for TLS; more than one separated by commas, all
 * of one cluster, with the first one's credentials. A user without a password is a token. Throws where it is no such URL.
 */
export function natsOptions(url: string, name: string): NatsOptions {
  const urls = url.split(',').map((one) => new URL(one.trim()));
  const [first] = urls;
  const strange = urls.find(({ protocol, host }) => !['nats:', 'tls:'].includes(protocol) || host === '');
  if (first === undefined || strange !== undefined) throw new Error('a NATS URL begins with nats:// or tls://');
  const [user, pass] = [decodeURIComponent(first.username), decodeURIComponent(first.password)];
  return {
    servers: urls.map(({ hostname, port }) => (port === '' ? hostname : `${hostname}:${port}`)),
    ...(user !== '' && (pass === '' ? { token: user } : { user, pass })),
    ...(first.protocol === 'tls:' && { tls: {} }),
    name,
    reconnect: false, // whoever uses the connection opens another, and looks then at what the broker has lost
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_EVERY_MS,
    maxPingOut: 2,
    noAsyncTraces: true,
  };
}
