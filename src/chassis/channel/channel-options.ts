import type { ChannelOptions } from 'nice-grpc';

import type { Random } from '../core/index.ts';

/** How a client connects. */
export interface ConnectionOptions {
  /** The first wait before connecting again, in milliseconds; each channel takes between half of it and it. */
  readonly initialReconnectBackoffMs: number;
  /** No wait before connecting again is longer, in milliseconds. */
  readonly maxReconnectBackoffMs: number;
  /** An attempt to connect is given up after this, in milliseconds: TCP, TLS and the peer's SETTINGS together. */
  readonly connectTimeoutMs: number;
  /** A ping goes out after this much silence, in milliseconds; servers of other makes refuse less than 10 s. */
  readonly keepaliveTimeMs: number;
  /** The connection is dead when a ping is not answered within this, in milliseconds. */
  readonly keepaliveTimeoutMs: number;
  readonly maxReceiveBytes: number;
  readonly maxSendBytes: number;
}

/** Defaults for one data centre. */
export const DEFAULT_CONNECTION: ConnectionOptions = {
  initialReconnectBackoffMs: 100,
  maxReconnectBackoffMs: 2_000,
  connectTimeoutMs: 3_000,
  keepaliveTimeMs: 20_000,
  keepaliveTimeoutMs: 5_000,
  maxReceiveBytes: 4 * 1024 * 1024,
  maxSendBytes: 4 * 1024 * 1024,
};

/**
 * The grpc-js channel of one endpoint. `grpc.enable_retries` stays on: it carries the transparent retry of calls that a
 * draining server refused before they began. Policy retries are ours, above the pick, so no service configuration is set.
 */
export function channelOptions(options: ConnectionOptions, random: Random): ChannelOptions {
  const jitter = 0.5 + random.next() / 2; // or every client of a restarted server comes back in the same instant
  return {
    'grpc.initial_reconnect_backoff_ms': Math.max(1, Math.round(options.initialReconnectBackoffMs * jitter)),
    'grpc.max_reconnect_backoff_ms': options.maxReconnectBackoffMs,
    'grpc.min_reconnect_backoff_ms': options.connectTimeoutMs, // read by nice-grpc's connect time-out
    'grpc.keepalive_time_ms': options.keepaliveTimeMs,
    'grpc.keepalive_timeout_ms': options.keepaliveTimeoutMs,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.max_receive_message_length': options.maxReceiveBytes,
    'grpc.max_send_message_length': options.maxSendBytes,
    'grpc.use_local_subchannel_pool': 1, // one connection per subchannel of ours, or closing one is not exact
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_channelz': 0, // its trackers cost every call, and nobody reads them
    'grpc.enable_http_proxy': 0,
    'grpc.client_idle_timeout_ms': 2 ** 31 - 1, // connections stay up: the next call must not pay for a handshake
  };
}
