import { createHash } from 'node:crypto';

import { newId, type Random } from '../../chassis/core/index.ts';
import type { Database, Queryable } from '../../chassis/store/index.ts';
import { refreshTokenInvalid, refreshTokenReused, type UserId } from './domain.ts';
import { statements } from './statements.ts';

/** A session ends when its refresh token is not used for this long. */
export const REFRESH_TOKEN_SECONDS = 30 * 24 * 3600;

/** A refresh token just made; only its hash is kept. */
export interface IssuedRefreshToken {
  readonly token: string;
  readonly expireTime: Date;
}

/** Sessions: a sign-in and the chain of refresh tokens that follow from it. */
export interface Sessions {
  start(userId: UserId): Promise<IssuedRefreshToken>;
  /**
   * Exchanges a token for the next one of its family. Throws REFRESH_TOKEN_INVALID, or REFRESH_TOKEN_REUSED for a token
   * that was exchanged before: then somebody else has a copy, and the whole family ends.
   */
  refresh(token: string): Promise<IssuedRefreshToken & { readonly userId: UserId }>;
  /** Ends the session of this token; an unknown one is fine. */
  end(token: string): Promise<void>;
  /** Ends all sessions of an account, in the caller's transaction. */
  endAll(tx: Queryable, userId: UserId): Promise<void>;
  prune(): Promise<void>;
}

/** Sessions over PostgreSQL. */
export function createSessions(options: { readonly database: Database; readonly random: Random }): Sessions {
  const { database, random } = options;

  async function issue(tx: Queryable, familyId: string, userId: string): Promise<IssuedRefreshToken> {
    const token = Buffer.from(random.bytes(32)).toString('base64url');
    const row = await tx.one<{ expire_time: Date }>(statements['insert-refresh-token'], [
      hashOf(token),
      familyId,
      userId,
      REFRESH_TOKEN_SECONDS,
    ]);
    if (row === undefined) throw new Error('the statement returned no row');
    return { token, expireTime: row.expire_time };
  }

  return {
    start: (userId) => issue(database, newId(), userId),
    async refresh(token) {
      const next = await database.transaction(async (tx) => {
        const used = await tx.one<{ family_id: string; account_id: string }>(statements['use-refresh-token'], [
          hashOf(token),
        ]);
        if (used === undefined) return undefined;
        const issued = await issue(tx, used.family_id, used.account_id);
        return { ...issued, userId: used.account_id as UserId }; // from the foreign key
      });
      if (next !== undefined) return next;
      const known = await database.one<{ family_id: string; use_time: Date | null }>(statements['get-refresh-token'], [
        hashOf(token),
      ]);
      if (known?.use_time == null) throw refreshTokenInvalid();
      await database.execute(statements['revoke-family'], [known.family_id]);
      throw refreshTokenReused();
    },
    async end(token) {
      const known = await database.one<{ family_id: string }>(statements['get-refresh-token'], [hashOf(token)]);
      if (known !== undefined) await database.execute(statements['revoke-family'], [known.family_id]);
    },
    async endAll(tx, userId) {
      await tx.execute(statements['revoke-sessions'], [userId]);
    },
    async prune() {
      await database.execute(statements['prune-refresh-tokens']);
    },
  };
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
