import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';

import { Secret } from '../../../src/chassis/config/index.ts';
import { systemClock } from '../../../src/chassis/core/index.ts';
import { migrate } from '../../../src/chassis/store/index.ts';
import type { Account, UserId } from '../../../src/services/user/domain.ts';
import { ACCESS_TOKEN_SECONDS, KEY_LIFE, createSigningKeys } from '../../../src/services/user/signing-keys.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';
import { startUserProcess, type UserProcess } from './user-process.ts';

const ACCOUNT = { id: 'u-1' as UserId, roles: ['customer'] } as unknown as Account; // all that a token is made of

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  const directories = [new URL('../../../src/services/user/migrations/', import.meta.url)];
  await migrate({ url: db.url, directories, clock: systemClock });
});
afterAll(async () => db.close());
beforeEach(async () => run('DELETE FROM signing_key'));

const run = (text: string) => db.database.execute({ name: `run ${text}`, text });
/** As if the keys had been made so much earlier. */
const age = (seconds: number) =>
  run(
    ['create_time', 'activate_time', 'retire_time']
      .map((column) => `${column} = ${column} - interval '${seconds} seconds'`)
      .join()
      .replace(/^/, 'UPDATE signing_key SET '),
  );
const replica = (secret = 'sealing secret') =>
  createSigningKeys({ database: db.database, secret: new Secret(secret), clock: systemClock });
const kidOf = async (keys = replica()) => decodeProtectedHeader((await keys.sign(ACCOUNT)).token).kid;
const published = async () => (await replica().jwks()).keys.map(({ kid }) => kid);

describe('createSigningKeys', () => {
  it('makes one key however many replicas start together', async () => {
    await Promise.all(Array.from({ length: 8 }, () => replica().rotate()));
    expect(await published()).toHaveLength(1);
  });

  it('signs tokens that the published keys verify, and publishes no private part', async () => {
    const keys = replica();
    await keys.rotate();
    const { token } = await keys.sign(ACCOUNT);
    const jwks = (await replica().jwks()) as JSONWebKeySet;
    await expect(jwtVerify(token, createLocalJWKSet(jwks))).resolves.toMatchObject({ payload: { sub: 'u-1' } });
    expect(Object.keys(jwks.keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    const sealed = await db.database.one<{ private_jwk: Buffer }>({ name: 's', text: 'SELECT * FROM signing_key' });
    expect(sealed?.private_jwk.toString('latin1')).not.toContain('"d"');
  });

  it('publishes the next key before it signs, and the one before while its tokens live', async () => {
    await replica().rotate();
    const first = await kidOf();
    await age(KEY_LIFE.rotateAfterSeconds - 60);
    await replica().rotate();
    expect(await published()).toEqual([first]); // not yet

    await age(61);
    await replica().rotate();
    expect(await published()).toHaveLength(2);
    expect(await kidOf()).toBe(first);
    await replica().rotate();
    expect(await published()).toHaveLength(2);

    await age(KEY_LIFE.publishAheadSeconds + 1);
    const second = await kidOf();
    expect(second).not.toBe(first);
    await age(ACCESS_TOKEN_SECONDS);
    expect(await published()).toEqual([second, first]);

    await age(KEY_LIFE.overlapSeconds);
    expect(await published()).toEqual([second]);
  });

  it('always has a key to sign with after a rotation, however long the process was away', async () => {
    await replica().rotate();
    const life = KEY_LIFE.rotateAfterSeconds + KEY_LIFE.publishAheadSeconds + KEY_LIFE.overlapSeconds;
    await age(life - ACCESS_TOKEN_SECONDS - 30); // the only key ends in a quarter of an hour
    await replica().rotate();
    await age(31);
    const successor = await kidOf();
    await age(ACCESS_TOKEN_SECONDS);
    expect(await kidOf()).toBe(successor);

    await age(10 * life);
    await replica().rotate();
    await expect(kidOf()).resolves.toBeDefined();
  });

  it('does not open keys that were sealed with another secret', async () => {
    await replica().rotate();
    await expect(replica('another secret').jwks()).rejects.toThrow(/SIGNING_KEY_SECRET is not the one/);
  });
});

describe('GetJwks', () => {
  let user: UserProcess;
  beforeAll(async () => {
    user = await startUserProcess({ replicas: 3 });
  });
  afterAll(async () => user.close());

  it('answers the same keys from each replica', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => user.auth.getJwks({})));
    expect(new Set(answers.map(({ jwksJson }) => jwksJson)).size).toBe(1);
    expect((JSON.parse(answers[0]?.jwksJson ?? '{}') as JSONWebKeySet).keys).toHaveLength(1);
  });

  it('refuses to start with a secret that cannot open the keys', async () => {
    await expect(user.start({ SIGNING_KEY_SECRET: 'not the one of the others' })).rejects.toThrow(/SIGNING_KEY_SECRET/);
  });
});
