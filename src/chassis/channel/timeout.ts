/** gRPC allows eight digits: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const MAX_TIMEOUT = 99_999_999;

/** The value of `grpc-timeout`; a deadline less than a millisecond away is still sent as one. */
export function formatTimeout(remainingMs: number): string {
  const ms = Math.max(1, Math.ceil(remainingMs));
  return ms <= MAX_TIMEOUT ? `${ms}m` : `${Math.min(MAX_TIMEOUT, Math.ceil(ms / 1_000))}S`;
}
