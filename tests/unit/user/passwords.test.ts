import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import { Secret } from '../../../src/chassis/config/index.ts';
import { backgroundCall, runInCall } from '../../../src/chassis/core/index.ts';
import { createPasswords } from '../../../src/services/user/passwords.ts';

const secret = new Secret('of the test');

describe('createPasswords', () => {
  it('knows the right password from a wrong one, and writes argon2id with a salt of its own', async () => {
    const passwords = await createPasswords(secret);
    const [hash, again] = [await passwords.hash('right password'), await passwords.hash('right password')];
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(again).not.toBe(hash);
    expect(await passwords.verify('right password', hash)).toBe(true);
    expect(await passwords.verify('wrong password', hash)).toBe(false);
    expect(await passwords.verify('nobody has this password', undefined)).toBe(false); // the decoy's own
  });

  it('refuses what is too much, and goes on when it was done', async () => {
    const passwords = await createPasswords(secret, { concurrency: 1, queue: 2 });
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => passwords.hash('password')));
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
      reason: 'PASSWORDS_BUSY',
      details: [{ kind: 'retryInfo' }],
    });
    await expect(passwords.hash('password')).resolves.toBeDefined();
  });

  it('does no work for callers who left the queue, and keeps the others', async () => {
    const passwords = await createPasswords(secret, { concurrency: 1, queue: 10 });
    const leaving = new AbortController();
    const first = passwords.hash('password');
    const call = backgroundCall({ callId: 'c', job: 'test', signal: leaving.signal });
    const left = Array.from({ length: 5 }, () => runInCall(call, () => passwords.hash('password')));
    const last = passwords.hash('password');
    leaving.abort();
    const results = await Promise.allSettled(left);
    expect(results.map((result) => result.status === 'rejected' && result.reason.name)).toEqual(
      Array(5).fill('AbortError'),
    );
    await expect(Promise.all([first, last])).resolves.toHaveLength(2);
  });

  it('gives the places of callers who left to others', async () => {
    const passwords = await createPasswords(secret, { concurrency: 1, queue: 1 });
    const leaving = new AbortController();
    const call = backgroundCall({ callId: 'c', job: 'test', signal: leaving.signal });
    const first = passwords.hash('password');
    const left = runInCall(call, () => passwords.hash('password'));
    await expect(passwords.hash('password')).rejects.toMatchObject({ reason: 'PASSWORDS_BUSY' });
    leaving.abort();
    await expect(left).rejects.toMatchObject({ name: 'AbortError' });
    await expect(Promise.all([first, passwords.hash('password')])).resolves.toHaveLength(2);
  });

  it("leaves threads of libuv's pool to others while many passwords wait", async () => {
    const passwords = await createPasswords(secret);
    let done = 0;
    const flood = Array.from({ length: 40 }, () => passwords.hash('password').then(() => (done += 1)));
    await promisify(generateKeyPair)('ed25519'); // takes a thread of the same pool
    expect(done).toBeLessThan(20);
    await Promise.all(flood);
  });
});
