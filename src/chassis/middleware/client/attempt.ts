import { Metadata, type CallOptions, type ClientMiddlewareCall } from 'nice-grpc-common';

import { HEADERS, type Clock } from '../../core/index.ts';
import { outgoingOf, type ChainOptions } from './outgoing-call.ts';

/** gRPC allows eight digits: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const MAX_TIMEOUT = 99_999_999;

/**
 * Stands below the retries, once per attempt: waits the backoff the retry middleware asked for, tells the peer what is
 * left of the deadline, and marks retries so that the peer's own calls are not retried again (chain stop). Keeps the
 * trailers of the last attempt for the middleware above.
 */
export function createAttemptMiddleware(clock: Clock) {
  return async function* attempt<Request, Response>(
    call: ClientMiddlewareCall<Request, Response, ChainOptions>,
    options: CallOptions & Partial<ChainOptions>,
  ) {
    const outgoing = outgoingOf(options);
    if (outgoing.nextDelayMs > 0) await clock.sleep(outgoing.nextDelayMs, outgoing.signal);
    outgoing.nextDelayMs = 0;
    outgoing.attempts += 1;
    outgoing.trailer = undefined;

    const metadata = options.metadata ?? Metadata();
    if (outgoing.attempts > 1 || outgoing.incoming?.isRetry === true) metadata.set(HEADERS.retry, '1');
    if (outgoing.deadlineMs !== undefined) {
      metadata.set(HEADERS.timeout, formatTimeout(outgoing.deadlineMs - clock.monotonicMs()));
    }
    const { onTrailer } = options;
    return yield* call.next(call.request, {
      ...options,
      metadata,
      signal: outgoing.signal,
      onTrailer(trailer) {
        outgoing.trailer = trailer;
        onTrailer?.(trailer);
      },
    });
  };
}

/** The value of `grpc-timeout`; a deadline less than a millisecond away is still sent as one. */
export function formatTimeout(remainingMs: number): string {
  const ms = Math.max(1, Math.ceil(remainingMs));
  return ms <= MAX_TIMEOUT ? `${ms}m` : `${Math.min(MAX_TIMEOUT, Math.ceil(ms / 1_000))}S`;
}
