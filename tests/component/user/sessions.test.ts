import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';

import { UserState } from '../../../gen/tradewind/user/v1/user.ts';
import { PASSWORD, failure, startUserProcess, type UserProcess } from './user-process.ts';

const { USER_STATE_ACTIVE, USER_STATE_SUSPENDED } = UserState;

let user: UserProcess;
beforeAll(async () => {
  user = await startUserProcess({ replicas: 2 });
});
afterAll(async () => user.close());

const refresh = async (refreshToken: string) => {
  const { tokens } = await user.auth.refreshToken({ refreshToken });
  if (tokens === undefined) throw new Error('no tokens came back');
  return tokens;
};

/** How many tokens of the account could still be exchanged. */
async function liveTokens(accountId: string): Promise<number> {
  const live = 'account_id = $1 AND use_time IS NULL AND revoke_time IS NULL';
  const statement = { name: 'live', text: `SELECT count(*)::int AS count FROM refresh_token WHERE ${live}` };
  return (await user.database.one<{ count: number }>(statement, [accountId]))?.count ?? 0;
}

describe('SignIn', () => {
  it('gives an EdDSA token for the account that verifies at once, and a refresh token', async () => {
    const account = await user.register();
    const answer = await user.auth.signIn({ email: account.email.toUpperCase(), password: PASSWORD });
    expect(answer.user).toEqual(account);
    const { accessToken = '', accessExpireTime, refreshToken = '', refreshExpireTime } = answer.tokens ?? {};
    const claims = decodeJwt(accessToken);
    expect(decodeProtectedHeader(accessToken)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
    expect(claims).toMatchObject({ sub: account.id, iss: 'tradewind', aud: 'tradewind', roles: ['customer'] });
    expect(accessExpireTime).toEqual(new Date((claims.exp ?? 0) * 1_000));
    expect(refreshExpireTime?.getTime()).toBeGreaterThan(accessExpireTime?.getTime() ?? 0);
    expect(refreshToken).toHaveLength(43);
    await expect(user.users.getUser({ userId: account.id }, { token: accessToken })).resolves.toBeDefined();
  });

  it('says the same of a wrong password and of an unknown address', async () => {
    const { email } = await user.register();
    const wrong = await failure(user.signIn(email, 'not the password'));
    const unknown = await failure(user.signIn('nobody@example.com'));
    expect(wrong).toMatchObject({ status: 'UNAUTHENTICATED', reason: 'INVALID_CREDENTIALS' });
    expect([unknown.status, unknown.reason, unknown.message, unknown.metadata]).toEqual([
      wrong.status,
      wrong.reason,
      wrong.message,
      wrong.metadata,
    ]);
  });

  it('works as long for an unknown address as for a wrong password', async () => {
    const { email } = await user.register();
    const best = { known: Infinity, unknown: Infinity };
    for (let n = 0; n < 12; n += 1) {
      for (const kind of ['known', 'unknown'] as const) {
        const startedMs = performance.now();
        await failure(user.signIn(kind === 'known' ? email : 'nobody@example.com', 'not the password'));
        best[kind] = Math.min(best[kind], performance.now() - startedMs);
      }
    }
    // The quickest of each, taken in turns: what a busy machine adds is in neither. Without argon2 it is a tenth.
    expect(best.unknown).toBeGreaterThan(best.known / 2);
  });

  it('refuses a suspended account, and says so only to who has the password', async () => {
    const { id, email } = await user.register();
    const { refreshToken } = await user.signIn(email);
    await user.users.updateUser({ user: { id, state: USER_STATE_SUSPENDED } });
    const suspended = { status: 'PERMISSION_DENIED', reason: 'USER_SUSPENDED', metadata: { user_id: id } };
    expect(await failure(user.signIn(email))).toMatchObject(suspended);
    expect(await failure(user.signIn(email, 'not the password'))).toMatchObject({ reason: 'INVALID_CREDENTIALS' });
    expect(await failure(refresh(refreshToken))).toMatchObject({ status: 'UNAUTHENTICATED' });

    await user.users.updateUser({ user: { id, state: USER_STATE_ACTIVE } });
    await expect(user.signIn(email)).resolves.toBeDefined();
    expect(await failure(refresh(refreshToken))).toMatchObject({ reason: 'REFRESH_TOKEN_INVALID' });
  });

  it('leaves no session behind when the account is suspended meanwhile', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, email } = await user.register();
      const signIns = Array.from({ length: 6 }, () => user.signIn(email));
      const suspend = user.users.updateUser({ user: { id, state: USER_STATE_SUSPENDED } });
      await Promise.allSettled([...signIns, suspend]);
      expect(await liveTokens(id)).toBe(0);
    }
  });

  it.each([
    ['no password', { email: 'a@example.com', password: '' }],
    ['no address', { email: '', password: PASSWORD }],
    ['a password without end', { email: 'a@example.com', password: 'x'.repeat(201) }],
  ])('refuses %s', async (_what, request) => {
    expect(await failure(user.auth.signIn(request))).toMatchObject({ reason: 'VALIDATION_FAILED' });
  });
});

describe('RefreshToken', () => {
  it('exchanges a token for the next one, again and again', async () => {
    const { id, email } = await user.register();
    let { refreshToken } = await user.signIn(email);
    for (let n = 0; n < 3; n += 1) {
      const next = await refresh(refreshToken);
      expect(next.refreshToken).not.toBe(refreshToken);
      expect(decodeJwt(next.accessToken).sub).toBe(id);
      ({ refreshToken } = next);
    }
    expect(await liveTokens(id)).toBe(1);
  });

  it('ends the whole family when a token comes a second time, and no other session', async () => {
    const { id, email } = await user.register();
    const first = await user.signIn(email);
    const other = await user.signIn(email);
    const second = await refresh(first.refreshToken);
    const reused = { status: 'UNAUTHENTICATED', reason: 'REFRESH_TOKEN_REUSED' };
    expect(await failure(refresh(first.refreshToken))).toMatchObject(reused);
    expect(await failure(refresh(second.refreshToken))).toMatchObject({ reason: 'REFRESH_TOKEN_INVALID' });
    expect(await failure(refresh(first.refreshToken))).toMatchObject(reused);
    await expect(refresh(other.refreshToken)).resolves.toBeDefined();
    expect(await liveTokens(id)).toBe(1);
  });

  it('has one winner of twenty at once, whose token ends with the family', async () => {
    const { id, email } = await user.register();
    const { refreshToken } = await user.signIn(email);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => refresh(refreshToken)));
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(won).toHaveLength(1);
    expect(await failure(refresh(won[0]?.refreshToken ?? ''))).toMatchObject({ reason: 'REFRESH_TOKEN_INVALID' });
    expect(await liveTokens(id)).toBe(0);
  });

  it('leaves nothing alive when a family goes on while it is ended', async () => {
    for (let round = 0; round < 15; round += 1) {
      const { id, email } = await user.register();
      const first = await user.signIn(email);
      const second = await refresh(first.refreshToken);
      const goOn = refresh(second.refreshToken);
      const end =
        round % 2 === 0 ? refresh(first.refreshToken) : user.auth.signOut({ refreshToken: second.refreshToken });
      await Promise.allSettled([goOn, end]);
      expect([round, await liveTokens(id)]).toEqual([round, 0]);
    }
  });

  it('refuses what was never a token, one past its end, and none', async () => {
    expect(await failure(refresh('made up'))).toMatchObject({
      status: 'UNAUTHENTICATED',
      reason: 'REFRESH_TOKEN_INVALID',
    });
    const { id, email } = await user.register();
    const { refreshToken } = await user.signIn(email);
    const age = { name: 'age', text: `UPDATE refresh_token SET expire_time = now() WHERE account_id = $1` };
    await user.database.execute(age, [id]);
    expect(await failure(refresh(refreshToken))).toMatchObject({ reason: 'REFRESH_TOKEN_INVALID' });
    expect(await failure(refresh(''))).toMatchObject({ reason: 'VALIDATION_FAILED' });
  });

  it('keeps no token that could be used, only hashes', async () => {
    const { email } = await user.register();
    const { refreshToken } = await user.signIn(email);
    const all = { name: 'all', text: 'SELECT row_to_json(t)::text AS text FROM refresh_token t' };
    const text = (await user.database.rows<{ text: string }>(all)).map((row) => row.text).join();
    expect(text).not.toContain(refreshToken);
    expect(text).not.toContain(Buffer.from(refreshToken).toString('hex'));
    expect(user.log.join('')).not.toContain(refreshToken);
  });
});

describe('SignOut', () => {
  it('ends the session it is given and no other; unknown tokens are fine', async () => {
    const { email } = await user.register();
    const [mine, other] = [await user.signIn(email), await user.signIn(email)];
    const { refreshToken } = await refresh(mine.refreshToken);
    await user.auth.signOut({ refreshToken: mine.refreshToken }); // an old one of the family ends it as well
    await user.auth.signOut({ refreshToken: mine.refreshToken });
    await user.auth.signOut({ refreshToken: 'made up' });
    expect(await failure(refresh(refreshToken))).toMatchObject({ reason: 'REFRESH_TOKEN_INVALID' });
    await expect(refresh(other.refreshToken)).resolves.toBeDefined();
    expect(await failure(user.auth.signOut({}))).toMatchObject({ reason: 'VALIDATION_FAILED' });
  });
});
