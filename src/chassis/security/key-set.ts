import { createLocalJWKSet, type JSONWebKeySet } from 'jose';

import { AppError, backgroundCall, newId, runInCall, type Clock } from '../core/index.ts';

/** Finds the key of a token's header, as jose asks for it. */
export type KeyLookup = ReturnType<typeof createLocalJWKSet>;

/** How the issuer's keys are kept. */
export interface KeySetOptions {
  /** Asks the issuer, e.g. AuthService.GetJwks. Called outside of any call: it carries nobody's token or deadline. */
  readonly fetchJwks: () => Promise<JSONWebKeySet>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Keys older than this are fetched anew, while the old ones are still used. */
  readonly maxAgeMs: number;
  /** An unknown key id makes the keys be fetched again, but not more often than this. */
  readonly cooldownMs: number;
}

/** The issuer's public keys. */
export interface KeySet {
  /** The keys; waits for the issuer only when none were ever fetched. Throws UNAVAILABLE when it does not answer. */
  current(): Promise<KeyLookup>;
  /** Newer keys than `seen`, or undefined when the issuer was asked a moment ago. */
  newerThan(seen: KeyLookup): Promise<KeyLookup | undefined>;
}

interface Fetched {
  readonly lookup: KeyLookup;
  readonly atMs: number;
}

/** Makes a key set; nothing is fetched before the first token. Concurrent callers share one request. */
export function createKeySet({ fetchJwks, clock, maxAgeMs, cooldownMs }: KeySetOptions): KeySet {
  let fetched: Fetched | undefined;
  let fetching: Promise<Fetched> | undefined;

  async function fetchOnce(): Promise<Fetched> {
    try {
      const jwks = await runInCall(backgroundCall({ callId: newId(), job: 'fetch-jwks' }), fetchJwks);
      fetched = { lookup: createLocalJWKSet(jwks), atMs: clock.monotonicMs() };
      return fetched;
    } catch (cause) {
      throw new AppError({
        status: 'UNAVAILABLE',
        reason: 'KEYS_UNAVAILABLE',
        message: 'the keys that verify tokens cannot be fetched',
        domain: 'tradewind',
        cause,
      });
    } finally {
      fetching = undefined;
    }
  }
  const fetch = () => (fetching ??= fetchOnce());

  return {
    async current() {
      if (fetched === undefined) return (await fetch()).lookup;
      if (clock.monotonicMs() - fetched.atMs > maxAgeMs) {
        fetch().catch(() => undefined); // the keys we have stay good; the next token tries again
      }
      return fetched.lookup;
    },
    async newerThan(seen) {
      if (fetched !== undefined && fetched.lookup !== seen) return fetched.lookup;
      if (fetched !== undefined && clock.monotonicMs() - fetched.atMs < cooldownMs) return undefined;
      return (await fetch()).lookup;
    },
  };
}
