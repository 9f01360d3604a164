import { describe, expect, it } from '@jest/globals';
import { SignJWT, exportJWK, generateKeyPair, type JWK } from 'jose';

import { currentCall, runInCall, type Clock } from '../../../../src/chassis/core/index.ts';
import { createTokenVerifier } from '../../../../src/chassis/security/index.ts';
import { eventually } from '../../../support/eventually.ts';

type Key = Awaited<ReturnType<typeof makeKey>>;

async function makeKey(kid: string) {
  const pair = await generateKeyPair('EdDSA', { extractable: true });
  const jwk: JWK = { ...(await exportJWK(pair.publicKey)), kid, alg: 'EdDSA' };
  return { kid, jwk, privateKey: pair.privateKey };
}

interface Claims {
  readonly issuer?: string;
  readonly audience?: string;
  readonly typ?: string;
  readonly lifeSeconds?: number;
}

const NOW_MS = Date.parse('2026-01-02T03:04:05Z');

function sign({ kid, privateKey }: Key, claims: Claims = {}): Promise<string> {
  const { issuer = 'tradewind', audience = 'tradewind', typ = 'at+jwt', lifeSeconds = 900 } = claims;
  return new SignJWT({ roles: ['customer', 7] })
    .setProtectedHeader({ alg: 'EdDSA', kid, typ })
    .setSubject('u-1')
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime(NOW_MS / 1_000 + lifeSeconds)
    .sign(privateKey);
}

/** An issuer whose keys the test changes, and a clock it moves. */
function issuer(...keys: Key[]) {
  const published = { keys, fetches: 0, isDown: false };
  const time = { ms: 0 };
  const clock = { now: () => NOW_MS + time.ms, monotonicMs: () => time.ms } as Clock;
  const verify = createTokenVerifier({
    clock,
    async fetchJwks() {
      published.fetches += 1;
      if (published.isDown) throw new Error('connection refused');
      return { keys: published.keys.map((key) => key.jwk) };
    },
  });
  return { published, time, verify };
}

const refused = expect.objectContaining({ status: 'UNAUTHENTICATED', reason: 'UNAUTHENTICATED' });

describe('createTokenVerifier', () => {
  it('reads the user and the roles of a good token, and fetches the keys once for many', async () => {
    const key = await makeKey('k1');
    const { verify, published } = issuer(key);

    const principals = await Promise.all([verify(await sign(key)), verify(await sign(key, { lifeSeconds: 60 }))]);

    expect(principals[0]).toEqual({ userId: 'u-1', roles: ['customer'] });
    expect(published.fetches).toBe(1);
  });

  it.each<[string, Claims]>([
    ['of another issuer', { issuer: 'elsewhere' }],
    ['for another audience', { audience: 'elsewhere' }],
    ['of another type', { typ: 'JWT' }],
    ['that has expired', { lifeSeconds: -60 }],
  ])('refuses a token %s', async (_what, claims) => {
    const key = await makeKey('k1');

    await expect(issuer(key).verify(await sign(key, claims))).rejects.toEqual(refused);
  });

  it('refuses a token signed by somebody else under a known key id, and what is no token', async () => {
    const { verify } = issuer(await makeKey('k1'));

    await expect(verify(await sign(await makeKey('k1')))).rejects.toEqual(refused);
    await expect(verify('a.b.c')).rejects.toEqual(refused);
    await expect(verify('')).rejects.toEqual(refused);
  });

  it('refuses a token that names no algorithm', async () => {
    const { verify } = issuer(await makeKey('k1'));
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${part({ alg: 'none', typ: 'at+jwt' })}.${part({ sub: 'u-1', iss: 'tradewind', aud: 'tradewind' })}.`;

    await expect(verify(unsigned)).rejects.toEqual(refused);
  });

  it('refuses a remembered token once it has expired', async () => {
    const key = await makeKey('k1');
    const { verify, time } = issuer(key);
    const token = await sign(key, { lifeSeconds: 60 });
    await verify(token);

    time.ms = 70_000;

    await expect(verify(token)).rejects.toEqual(refused);
  });

  it('refuses a remembered token soon after its key was withdrawn', async () => {
    const [old, fresh] = await Promise.all([makeKey('k1'), makeKey('k2')]);
    const { verify, published, time } = issuer(old);
    const token = await sign(old);
    await verify(token);
    published.keys = [fresh];

    time.ms = 5 * 60_000 + 1;
    await verify(token); // the keys are fetched behind this one

    await eventually(() => expect(verify(token)).rejects.toEqual(refused));
    expect(published.fetches).toBeLessThanOrEqual(3);
  });

  it('fetches again for an unknown key, at most once per cooldown', async () => {
    const [old, fresh, unknown] = await Promise.all([makeKey('k1'), makeKey('k2'), makeKey('k3')]);
    const { verify, published, time } = issuer(old);
    await verify(await sign(old));
    published.keys = [old, fresh];
    time.ms = 31_000;

    await expect(verify(await sign(fresh))).resolves.toMatchObject({ userId: 'u-1' });
    expect(published.fetches).toBe(2);

    for (let n = 0; n < 10; n += 1) {
      await expect(verify(await sign(unknown, { lifeSeconds: 100 + n }))).rejects.toEqual(refused);
    }
    expect(published.fetches).toBe(2);
  });

  it('is unavailable while the keys could never be fetched, and keeps using old ones when the issuer is away', async () => {
    const key = await makeKey('k1');
    const { verify, published, time } = issuer(key);
    published.isDown = true;
    await expect(verify(await sign(key))).rejects.toMatchObject({ status: 'UNAVAILABLE', reason: 'KEYS_UNAVAILABLE' });

    published.isDown = false;
    await verify(await sign(key));
    published.isDown = true;
    time.ms = 10 * 60_000;

    await expect(verify(await sign(key, { lifeSeconds: 899 }))).resolves.toMatchObject({ userId: 'u-1' });
  });

  it("asks the issuer outside of the call, so that the caller's token does not travel with the question", async () => {
    const key = await makeKey('k1');
    let authorization: string | undefined = 'not asked';
    const verify = createTokenVerifier({
      clock: { now: () => NOW_MS, monotonicMs: () => 0 } as Clock,
      async fetchJwks() {
        authorization = currentCall()?.authorization;
        return { keys: [key.jwk] };
      },
    });
    const token = await sign(key);
    const call = { callId: 'c', method: 'm', deadlineMs: 1, principal: undefined, signal: undefined, isRetry: false };

    await runInCall({ ...call, authorization: `Bearer ${token}` }, () => verify(token));

    expect(authorization).toBeUndefined();
  });
});
