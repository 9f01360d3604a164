import { errors, jwtVerify, type JSONWebKeySet } from 'jose';

import { AppError, systemClock, type Clock, type Principal } from '../core/index.ts';
import { createKeySet, type KeyLookup } from './key-set.ts';
import { TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER, TOKEN_TYPE } from './token.ts';

/** How tokens are verified. */
export interface TokenVerifierOptions {
  /** Asks the issuer for its public keys. */
  readonly fetchJwks: () => Promise<JSONWebKeySet>;
  readonly clock?: Clock;
  readonly maxAgeMs?: number;
  readonly cooldownMs?: number;
}

/** Defaults: a new key is published an hour before it signs; an unknown one is looked for twice a minute. */
export const TOKEN_VERIFIER_DEFAULTS = { maxAgeMs: 5 * 60_000, cooldownMs: 30_000 } as const;

/** For clocks of two machines that do not quite agree, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Verified tokens that are remembered, so that a user's next call costs no signature check. */
const REMEMBERED = 1_000;

interface Verified {
  readonly principal: Principal;
  readonly expiresAtMs: number;
  /** What it was verified with: a token of a key that is no longer published is not believed because it once was. */
  readonly keys: KeyLookup;
}

/**
 * Makes the function that reads who a bearer token was made for. It throws an AppError: UNAUTHENTICATED when the token
 * proves nothing, UNAVAILABLE (KEYS_UNAVAILABLE) when the issuer's keys could never be fetched.
 */
export function createTokenVerifier(options: TokenVerifierOptions): (token: string) => Promise<Principal> {
  const { clock = systemClock, fetchJwks, maxAgeMs, cooldownMs } = { ...TOKEN_VERIFIER_DEFAULTS, ...options };
  const keys = createKeySet({ fetchJwks, clock, maxAgeMs, cooldownMs });
  const remembered = new Map<string, Verified>();

  async function verify(token: string, known: KeyLookup): Promise<Verified> {
    const check = (lookup: KeyLookup) =>
      jwtVerify(token, lookup, {
        algorithms: [TOKEN_ALGORITHM],
        issuer: TOKEN_ISSUER,
        audience: TOKEN_AUDIENCE,
        typ: TOKEN_TYPE,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(clock.now()),
      });
    try {
      return toVerified((await check(known)).payload, known);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const newer = await keys.newerThan(known);
      if (newer === undefined) throw error;
      return toVerified((await check(newer)).payload, newer);
    }
  }

  return async (token) => {
    const known = await keys.current();
    const before = remembered.get(token);
    if (before?.keys === known && before.expiresAtMs > clock.now()) return before.principal;
    remembered.delete(token);
    try {
      const verified = await verify(token, known);
      const oldest = remembered.size < REMEMBERED ? undefined : remembered.keys().next().value;
      if (oldest !== undefined) remembered.delete(oldest);
      remembered.set(token, verified);
      return verified.principal;
    } catch (error) {
      throw error instanceof errors.JOSEError ? unauthenticated(error) : error;
    }
  };
}

function toVerified({ sub, exp, roles }: { sub?: string; exp?: number; roles?: unknown }, keys: KeyLookup): Verified {
  return {
    keys,
    principal: {
      userId: sub ?? '', // both are required claims
      roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
    },
    expiresAtMs: (exp ?? 0) * 1_000,
  };
}

function unauthenticated(cause: errors.JOSEError): AppError {
  const isExpired = cause instanceof errors.JWTExpired;
  return new AppError({
    status: 'UNAUTHENTICATED',
    reason: 'UNAUTHENTICATED',
    message: isExpired ? 'the token has expired' : 'the token is not valid',
    domain: 'tradewind',
    metadata: { cause: cause.code },
    cause,
  });
}
