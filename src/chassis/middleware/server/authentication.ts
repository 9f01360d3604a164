import type { CallContext as WireContext, ServerMiddleware, ServerMiddlewareCall } from 'nice-grpc-common';

import { AppError, HEADERS, currentCall, runInCall, type Principal } from '../../core/index.ts';
import { iterateWithin } from './within.ts';

/** Reads who a bearer token was made for. Throws an AppError UNAUTHENTICATED when the token proves nothing. */
export type VerifyToken = (token: string) => Promise<Principal>;

const BEARER = /^Bearer ([^\s]+)$/i;

/**
 * Puts the principal of a bearer token into the call. A call without one comes from inside the suite and stays without
 * a principal; a token that does not verify is refused, never ignored.
 */
export function authenticationMiddleware(verify: VerifyToken): ServerMiddleware {
  return async function* authentication<Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    wire: WireContext,
  ) {
    const header = wire.metadata.get(HEADERS.authorization);
    const outer = currentCall();
    if (header === undefined || outer === undefined) return yield* call.next(call.request, wire);
    const token = BEARER.exec(header)?.[1];
    if (token === undefined) {
      throw new AppError({
        status: 'UNAUTHENTICATED',
        reason: 'UNAUTHENTICATED',
        message: 'the authorization header must read "Bearer <token>"',
        domain: 'tradewind',
      });
    }
    const principal = await verify(token);
    return yield* iterateWithin(
      (work) => runInCall({ ...outer, principal, authorization: header }, work),
      () => call.next(call.request, wire),
    );
  };
}
