import { Metadata, type CallOptions, type ClientMiddlewareCall } from 'nice-grpc-common';

import { AppError, HEADERS, raceAbort, type NewId } from '../../core/index.ts';
import { outgoingOf, type ChainOptions, type TokenSource } from './outgoing-call.ts';

/**
 * Sends the call's identity on: the call id (the incoming call's, or a new one where none is being served) and the
 * user's token (the `token` option's, or the incoming call's). What the caller put into the metadata itself stays.
 */
export function createCallContextMiddleware(newId: NewId) {
  return async function* callContext<Request, Response>(
    call: ClientMiddlewareCall<Request, Response, ChainOptions>,
    options: CallOptions & Partial<ChainOptions>,
  ) {
    const { incoming, signal } = outgoingOf(options);
    const metadata = Metadata(options.metadata); // a copy: the caller's own may serve other calls
    if (!metadata.has(HEADERS.callId)) metadata.set(HEADERS.callId, incoming?.callId ?? newId());
    if (!metadata.has(HEADERS.authorization)) {
      const { token } = options;
      const value = token === undefined ? incoming?.authorization : `Bearer ${await tokenOf(token, signal)}`;
      if (value !== undefined) metadata.set(HEADERS.authorization, value);
    }
    return yield* call.next(call.request, { ...options, metadata });
  };
}

async function tokenOf(token: TokenSource, signal: AbortSignal): Promise<string> {
  if (typeof token === 'string') return token;
  try {
    return await raceAbort(Promise.resolve(token()), signal);
  } catch (cause) {
    throw new AppError({
      status: 'UNAUTHENTICATED',
      reason: 'TOKEN_UNAVAILABLE',
      domain: 'tradewind',
      message: 'there is no token to send with the call',
      cause,
    });
  }
}
