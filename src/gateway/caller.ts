import type { AccessLevel } from '../chassis/contract/index.ts';
import { AppError, type Principal } from '../chassis/core/index.ts';

/** Reads who sends an HTTP request, and lets in who may. */
export interface Callers {
  /**
   * The principal of the authorization header; undefined without one where the level is public.
   * Throws UNAUTHENTICATED for a bad or missing token, PERMISSION_DENIED where only administrators may.
   */
  identify(authorization: string | undefined, level: AccessLevel): Promise<Principal | undefined>;
}

/** Decides by the access level that the contract gives each RPC. */
export function createCallers(verify: (token: string) => Promise<Principal>): Callers {
  return {
    async identify(authorization, level) {
      if (authorization === undefined) {
        if (level === 'public') return undefined;
        throw unauthenticated('this route needs a token: "Authorization: Bearer <access token>"');
      }
      const token = /^Bearer ([\w.~+/=-]+)$/i.exec(authorization)?.[1];
      if (token === undefined) throw unauthenticated('the authorization header is not "Bearer <access token>"');
      const principal = await verify(token);
      if (level === 'admin' && !principal.roles.includes('admin')) {
        throw new AppError({
          status: 'PERMISSION_DENIED',
          reason: 'ACCESS_DENIED',
          message: 'only administrators may do this',
        });
      }
      return principal;
    },
  };
}

function unauthenticated(message: string): AppError {
  return new AppError({ status: 'UNAUTHENTICATED', reason: 'UNAUTHENTICATED', message });
}
