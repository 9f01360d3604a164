import type { CallOptions, ClientMiddlewareCall } from 'nice-grpc-common';

import { HEADERS, type NewId } from '../../core/index.ts';
import { bearer, copyOf, withBaggage } from './identity.ts';
import { outgoingOf, type ChainOptions } from './outgoing-call.ts';

/**
 * Sends the call's identity and baggage on: the call id (the incoming call's, or a new one where none is being served), the incoming
 * call's priority, and the user's token (the `token` option's, or the incoming call's). What the caller put into the metadata itself stays.
 */
export function createCallContextMiddleware(newId: NewId) {
  return async function* callContext<Request, Response>(
    call: ClientMiddlewareCall<Request, Response, ChainOptions>,
    options: CallOptions & Partial<ChainOptions>,
  ) {
    const outgoing = outgoingOf(options);
    const metadata = copyOf(options.metadata);
    withBaggage(metadata, outgoing.incoming);
    if (!metadata.has(HEADERS.callId)) metadata.set(HEADERS.callId, outgoing.incoming?.callId ?? newId());
    if (!metadata.has(HEADERS.authorization)) {
      const { token } = options;
      const value = token === undefined ? outgoing.incoming?.authorization : await bearer(token, outgoing);
      if (value !== undefined) metadata.set(HEADERS.authorization, value);
    }
    const priority = outgoing.incoming?.priority;
    if (priority !== undefined && !metadata.has(HEADERS.priority)) metadata.set(HEADERS.priority, priority);
    return yield* call.next(call.request, { ...options, metadata });
  };
}
