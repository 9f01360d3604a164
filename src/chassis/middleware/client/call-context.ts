import { Metadata, type CallOptions, type ClientMiddlewareCall } from 'nice-grpc-common';

import { HEADERS, type NewId } from '../../core/index.ts';
import { outgoingOf, type ChainOptions } from './outgoing-call.ts';

/**
 * Sends the call's identity on: the call id (the incoming call's, or a new one where none is being served) and the
 * user's token. What the caller set itself stays.
 */
export function createCallContextMiddleware(newId: NewId) {
  return async function* callContext<Request, Response>(
    call: ClientMiddlewareCall<Request, Response, ChainOptions>,
    options: CallOptions & Partial<ChainOptions>,
  ) {
    const { incoming } = outgoingOf(options);
    const metadata = Metadata(options.metadata); // a copy: the caller's own may serve other calls
    if (!metadata.has(HEADERS.callId)) metadata.set(HEADERS.callId, incoming?.callId ?? newId());
    if (incoming?.authorization !== undefined && !metadata.has(HEADERS.authorization)) {
      metadata.set(HEADERS.authorization, incoming.authorization);
    }
    return yield* call.next(call.request, { ...options, metadata });
  };
}
