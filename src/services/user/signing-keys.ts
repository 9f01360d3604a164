import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';

import type { Secret } from '../../chassis/config/index.ts';
import { AppError, type Clock } from '../../chassis/core/index.ts';
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '../../chassis/security/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import type { Account } from './domain.ts';
import { statements } from './statements.ts';

/** How long keys last. */
export const KEY_LIFE = {
  /** A new key is made when the newest is this old. */
  rotateAfterSeconds: 30 * 24 * 3600,
  /** It is published this long before it signs: longer than anybody keeps an old key set. */
  publishAheadSeconds: 3600,
  /** It verifies this long after its successor signs: longer than an access token lives. */
  overlapSeconds: 24 * 3600,
} as const;

/** Access tokens are short, because they cannot be called back. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;

/** How long a read of the keys is used before the database is asked again. */
const CACHE_MS = 30_000;

/** The keys that sign access tokens. */
export interface SigningKeys {
  /** The key set that verifies every token that is not past its end. */
  jwks(): Promise<{ readonly keys: readonly JWK[] }>;
  sign(account: Account): Promise<{ readonly token: string; readonly expireTime: Date }>;
  /** Makes the first key, or the next one when it is time, and drops those past use. Safe in many replicas. */
  rotate(): Promise<void>;
}

interface KeyRow {
  readonly kid: string;
  readonly public_jwk: JWK;
  readonly private_jwk: Uint8Array;
  readonly active: boolean;
}

interface NewestRow {
  readonly fresh: boolean | null;
  readonly seconds_left: number | null;
}

interface LoadedKeys {
  readonly readAtMs: number;
  readonly jwks: readonly JWK[];
  readonly signer: { readonly kid: string; readonly key: CryptoKey | Uint8Array } | undefined;
}

/** EdDSA keys in the database, their private halves encrypted with a key derived from `secret`. */
export function createSigningKeys(options: {
  readonly database: Database;
  readonly secret: Secret;
  readonly clock: Clock;
}): SigningKeys {
  const { database, clock } = options;
  const sealingKey = Buffer.from(hkdfSync('sha256', options.secret.reveal(), '', 'tradewind user signing keys', 32));
  let cached: LoadedKeys | undefined;

  async function load(): Promise<LoadedKeys> {
    if (cached !== undefined && clock.monotonicMs() - cached.readAtMs < CACHE_MS) return cached;
    const rows = await database.rows<KeyRow>(statements['list-signing-keys']);
    const active = rows.find((row) => row.active);
    const signer = active && {
      kid: active.kid,
      key: await importJWK(unseal(active.private_jwk, sealingKey) as JWK, 'EdDSA'),
    };
    cached = { readAtMs: clock.monotonicMs(), jwks: rows.map((row) => row.public_jwk), signer };
    return cached;
  }

  async function makeKey(activateInSeconds: number): Promise<readonly unknown[]> {
    const pair = await generateKeyPair('EdDSA', { extractable: true });
    const publicJwk = await exportJWK(pair.publicKey);
    const kid = await calculateJwkThumbprint(publicJwk);
    const sealed = seal(await exportJWK(pair.privateKey), sealingKey);
    const retireInSeconds =
      activateInSeconds + KEY_LIFE.rotateAfterSeconds + KEY_LIFE.publishAheadSeconds + KEY_LIFE.overlapSeconds;
    return [
      kid,
      JSON.stringify({ ...publicJwk, kid, alg: 'EdDSA', use: 'sig' }),
      sealed,
      activateInSeconds,
      retireInSeconds,
    ];
  }

  return {
    jwks: async () => ({ keys: (await load()).jwks }),
    async sign(account) {
      const { signer } = await load();
      if (signer === undefined) {
        throw new AppError({
          status: 'UNAVAILABLE',
          reason: 'NO_SIGNING_KEY',
          message: 'no key can sign yet; try again',
        });
      }
      const issuedAt = Math.floor(clock.now() / 1000);
      const expires = issuedAt + ACCESS_TOKEN_SECONDS;
      const token = await new SignJWT({ roles: account.roles })
        .setProtectedHeader({ alg: 'EdDSA', kid: signer.kid, typ: 'at+jwt' })
        .setSubject(account.id)
        .setIssuer(TOKEN_ISSUER)
        .setAudience(TOKEN_AUDIENCE)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expires)
        .sign(signer.key);
      return { token, expireTime: new Date(expires * 1000) };
    },
    async rotate() {
      await database.transaction(async (tx) => {
        await tx.execute(statements['lock-signing-keys']);
        const newest = await tx.one<NewestRow>(statements['newest-signing-key'], [KEY_LIFE.rotateAfterSeconds]);
        if (newest?.fresh !== true) {
          await tx.execute(statements['insert-signing-key'], await makeKey(publishAhead(newest?.seconds_left)));
        }
        await tx.execute(statements['prune-signing-keys']);
      });
      cached = undefined;
    },
  };
}

/** When a new key signs, in seconds: after everybody has it, unless the keys before it end sooner (the process was away). */
function publishAhead(secondsLeft: number | null | undefined): number {
  return Math.max(0, Math.min(KEY_LIFE.publishAheadSeconds, (secondsLeft ?? 0) - ACCESS_TOKEN_SECONDS));
}

function seal(jwk: JWK, key: Buffer): Uint8Array {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(JSON.stringify(jwk)), cipher.final(), cipher.getAuthTag()]);
}

/** Throws when the secret is not the one the key was sealed with. */
function unseal(sealed: Uint8Array, key: Buffer): unknown {
  const bytes = Buffer.from(sealed);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    return JSON.parse(text.toString('utf8'));
  } catch (cause) {
    throw new Error('SIGNING_KEY_SECRET is not the one that the signing keys in the database were sealed with', {
      cause,
    });
  }
}
