import type { ChannelOptions } from '@grpc/grpc-js';

/** What one server lets a peer use. */
export interface ServerLimits {
  readonly maxRequestBytes: number;
  readonly maxResponseBytes: number;
  /** Calls at a time on one connection. */
  readonly maxConcurrentStreams: number;
  /** A silent connection is pinged this often. */
  readonly keepaliveMs: number;
  /** A ping that is not answered within this time ends the connection. */
  readonly keepaliveTimeoutMs: number;
}

/** Defaults inside one data centre. */
export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  maxRequestBytes: 4 * 1024 * 1024,
  maxResponseBytes: 16 * 1024 * 1024,
  maxConcurrentStreams: 1_000,
  keepaliveMs: 30_000,
  keepaliveTimeoutMs: 10_000,
};

/** The limits in grpc-js's words. */
export function channelOptionsOf(limits: ServerLimits): ChannelOptions {
  return {
    'grpc.max_receive_message_length': limits.maxRequestBytes,
    'grpc.max_send_message_length': limits.maxResponseBytes,
    'grpc.max_concurrent_streams': limits.maxConcurrentStreams,
    'grpc.keepalive_time_ms': limits.keepaliveMs,
    'grpc.keepalive_timeout_ms': limits.keepaliveTimeoutMs,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.enable_channelz': 0, // nobody asks for it, and it counts every call and message
  };
}
