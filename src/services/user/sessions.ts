import { createHash } from 'node:crypto';

import { newId, type Random } from '../../chassis/core/index.ts';
import type { Database, Queryable } from '../../chassis/store/index.ts';
import { assertActive, refreshTokenInvalid, refreshTokenReused, type Account, type UserId } from './domain.ts';
import type { AccountRepository } from './repository.ts';
import { statements } from './statements.ts';

/** A session ends when its refresh token is not used for this long. */
export const REFRESH_TOKEN_SECONDS = 30 * 24 * 3600;

/** A refresh token just made; only its hash is kept. */
export interface IssuedRefreshToken {
  readonly token: string;
  readonly expireTime: Date;
}

/** What a session goes on with. */
export interface Continued {
  readonly account: Account;
  readonly refresh: IssuedRefreshToken;
}

/**
 * Sessions: a sign-in and the chain of refresh tokens that follow from it, a family. Whatever changes sessions of an
 * account holds the account's row lock, so that a session cannot be begun or go on beside what ends it.
 */
export interface Sessions {
  /** Begins a session of an account that is in use. Undefined: it was closed. Throws USER_SUSPENDED. */
  start(userId: UserId): Promise<Continued | undefined>;
  /**
   * Exchanges a token for the next one of its family. Throws REFRESH_TOKEN_INVALID, USER_SUSPENDED, or
   * REFRESH_TOKEN_REUSED for a token that was exchanged before: then somebody else has a copy, and the whole family ends,
   * the token that was given for it included.
   */
  refresh(token: string): Promise<Continued>;
  /** Ends the session of this token; an unknown one is fine. */
  end(token: string): Promise<void>;
  /** Ends all sessions of an account, in the caller's transaction, which holds the account's lock. */
  endAll(tx: Queryable, userId: UserId): Promise<void>;
  prune(): Promise<void>;
}

interface TokenRow {
  readonly family_id: string;
  readonly use_time: Date | null;
}

/** Sessions over PostgreSQL. */
export function createSessions(options: {
  readonly database: Database;
  readonly accounts: AccountRepository;
  readonly random: Random;
}): Sessions {
  const { database, accounts, random } = options;

  async function issue(tx: Queryable, familyId: string, account: Account): Promise<Continued> {
    const token = Buffer.from(random.bytes(32)).toString('base64url');
    const row = await tx.one<{ expire_time: Date }>(statements['insert-refresh-token'], [
      hashOf(token),
      familyId,
      account.id,
      REFRESH_TOKEN_SECONDS,
    ]);
    if (row === undefined) throw new Error('the statement returned no row');
    return { account, refresh: { token, expireTime: row.expire_time } };
  }

  const find = (tx: Queryable, hash: Buffer) => tx.one<TokenRow>(statements['get-refresh-token'], [hash]);

  return {
    start: (userId) =>
      database.transaction(async (tx) => {
        const account = await accounts.lock(tx, userId);
        if (account === undefined || account === 'closed') return undefined;
        assertActive(account);
        return issue(tx, newId(), account);
      }),
    async refresh(token) {
      const hash = hashOf(token);
      const outcome = await database.transaction(async (tx): Promise<Continued | 'invalid' | 'reused'> => {
        const account = await accounts.lockByToken(tx, hash);
        if (account === undefined) return 'invalid';
        const used = await tx.one<{ family_id: string }>(statements['use-refresh-token'], [hash]);
        if (used === undefined) {
          const known = await find(tx, hash);
          if (known === undefined || known.use_time === null) return 'invalid';
          await tx.execute(statements['revoke-family'], [known.family_id]);
          return 'reused';
        }
        if (account === 'closed') return 'invalid';
        assertActive(account);
        return issue(tx, used.family_id, account);
      });
      // Thrown only now: the family's end is committed.
      if (outcome === 'invalid') throw refreshTokenInvalid();
      if (outcome === 'reused') throw refreshTokenReused();
      return outcome;
    },
    async end(token) {
      const hash = hashOf(token);
      await database.transaction(async (tx) => {
        await accounts.lockByToken(tx, hash);
        const known = await find(tx, hash);
        if (known !== undefined) await tx.execute(statements['revoke-family'], [known.family_id]);
      });
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
