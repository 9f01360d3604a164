import { AppError, type Principal } from '../../core/index.ts';
import type { ServerPart } from './part.ts';
import type { ServerCall } from './server-call.ts';

/** Reads who a bearer token was made for. Throws an AppError UNAUTHENTICATED when the token proves nothing. */
export type VerifyToken = (token: string) => Promise<Principal>;

const BEARER = /^Bearer ([^\s]+)$/i;

/**
 * Puts the principal of a bearer token into the call. A call without one comes from inside the suite and stays without
 * a principal; a token that does not verify is refused, never ignored.
 */
export function createAuthentication(verify: VerifyToken): ServerPart {
  const authenticate = async (call: ServerCall, header: string) => {
    const token = BEARER.exec(header)?.[1];
    if (token === undefined) {
      throw new AppError({
        status: 'UNAUTHENTICATED',
        reason: 'UNAUTHENTICATED',
        message: 'the authorization header must read "Bearer <token>"',
        domain: 'tradewind',
      });
    }
    call.principal = await verify(token);
    call.authorization = header;
  };
  return {
    enter(call) {
      const { authorization } = call.incoming.headers;
      return authorization === undefined ? undefined : authenticate(call, authorization);
    },
  };
}
