import { Metadata, type CallOptions, type ClientMiddlewareCall } from 'nice-grpc-common';

import { formatTimeout } from '../../channel/index.ts';
import { HEADERS, type Clock } from '../../core/index.ts';
import { outgoingOf, type ChainOptions } from './outgoing-call.ts';

/**
 * Tells the peer what is left of the deadline, and passes on that the incoming call is a retry, so that the peer's own
 * calls are not retried again (chain stop). Keeps the trailers for the middleware above.
 */
export function createAttemptMiddleware(clock: Clock) {
  return async function* attempt<Request, Response>(
    call: ClientMiddlewareCall<Request, Response, ChainOptions>,
    options: CallOptions & Partial<ChainOptions>,
  ) {
    const outgoing = outgoingOf(options);
    outgoing.attempts += 1;
    outgoing.trailer = undefined;

    const metadata = options.metadata ?? Metadata();
    if (outgoing.incoming?.isRetry === true) metadata.set(HEADERS.retry, '1');
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
