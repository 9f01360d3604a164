import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';

import { reasonOf, startGateway, type Gateway } from './gateway-process.ts';

let gateway: Gateway;
let token: string;
let userId: string;
beforeAll(async () => {
  gateway = await startGateway();
  const { user, as } = await gateway.user.signedIn();
  token = as.token;
  userId = user.id;
});
afterAll(async () => gateway.close());

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const forged = generateKeyPairSync('ed25519');

/** The user's token with parts changed, signed with a key of our own. */
function forge(header: object, claims: object, signature?: (input: string) => Buffer): string {
  const input = `${encode({ ...decodeProtectedHeader(token), ...header })}.${encode({ ...decodeJwt(token), ...claims })}`;
  const sign = signature ?? ((text: string) => signBytes(null, Buffer.from(text), forged.privateKey));
  return `${input}.${sign(input).toString('base64url')}`;
}

async function publicKey(): Promise<{ x: string; kid: string }> {
  const { body } = await gateway.call('GET', '/v1/auth/jwks');
  return JSON.parse(body.jwksJson).keys[0];
}

describe('a token at the gateway', () => {
  it('lets its user in, and the call goes through to the service as that user', async () => {
    const own = await gateway.call('GET', `/v1/users/${userId}`, { token });
    expect([own.status, own.body.user.id]).toEqual([200, userId]);
    const other = await gateway.user.register();
    const foreign = await gateway.call('GET', `/v1/users/${other.id}`, { token });
    expect([foreign.status, reasonOf(foreign)]).toEqual([403, 'ACCESS_DENIED']);
  });

  it.each<[string, () => string | Promise<string>]>([
    ['signed by somebody else under a known key id', () => forge({}, {})],
    ['that makes its user an administrator', () => forge({}, { roles: ['admin'] })],
    ['without a signature', () => forge({ alg: 'none' }, {}, () => Buffer.alloc(0))],
    [
      'whose HMAC key is the public key (algorithm confusion)',
      async () => {
        const key = Buffer.from((await publicKey()).x, 'base64url');
        return forge({ alg: 'HS256' }, {}, (input) => createHmac('sha256', key).update(input).digest());
      },
    ],
    [
      'whose HMAC key is the key as JSON',
      async () => {
        const key = JSON.stringify(await publicKey());
        return forge({ alg: 'HS256' }, {}, (input) => createHmac('sha256', key).update(input).digest());
      },
    ],
    ['that brings its own key', () => forge({ jwk: forged.publicKey.export({ format: 'jwk' }) }, {})],
    ['of an unknown key', () => forge({ kid: 'unknown' }, {})],
    ['that has expired, of somebody else', () => forge({}, { exp: 1 })],
    ['whose claims were changed', () => token.replace(/\.[^.]*\./, `.${encode({ ...decodeJwt(token), sub: 'x' })}.`)],
    ['cut short', () => token.slice(0, -10)],
    ['that is three dots', () => '...'],
    ['that is no token', () => 'x'],
  ])('%s is refused', async (_what, make) => {
    const answer = await gateway.call('GET', `/v1/users/${userId}`, { token: await make() });
    expect([answer.status, reasonOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it.each([
    ['no token', undefined],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['nothing after the scheme', 'Bearer '],
    ['two tokens', 'Bearer a b'],
    ['a token with what a header cannot hold', 'Bearer a"b'],
  ])('%s is refused where one is needed', async (_what, authorization) => {
    const answer = await gateway.call('GET', `/v1/users/${userId}`, {
      headers: { ...(authorization && { authorization }) },
    });
    expect([answer.status, reasonOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('is not needed where the contract says public, and a bad one is refused even there', async () => {
    expect((await gateway.call('GET', '/v1/auth/jwks')).status).toBe(200);
    expect((await gateway.call('GET', '/v1/auth/jwks', { token: forge({}, {}) })).status).toBe(401);
  });

  it("opens administrators' routes to administrators only", async () => {
    const { token: root } = await gateway.user.administrator();
    expect((await gateway.call('GET', '/v1/users', { token: root })).status).toBe(200);
    const asCustomer = await gateway.call('GET', '/v1/users', { token });
    expect([asCustomer.status, reasonOf(asCustomer)]).toEqual([403, 'ACCESS_DENIED']);
    expect((await gateway.call('GET', '/v1/users')).status).toBe(401);
  });

  it('is checked before the request is read', async () => {
    expect((await gateway.call('POST', '/v1/products', { body: { nope: 1 } })).status).toBe(401);
    expect((await gateway.call('POST', '/v1/products', { body: { nope: 1 }, token })).status).toBe(403);
  });

  it('of unknown keys, many of them, does not make the gateway ask for keys each time', async () => {
    const asked = () => gateway.user.log.filter((line) => /GetJwks.*call ended/.test(line)).length;
    expect(asked()).toBeGreaterThan(0);
    const before = asked();
    const flood = Array.from({ length: 300 }, (_, n) =>
      gateway.call('GET', `/v1/users/${userId}`, { token: forge({ kid: `unknown-${n}` }, {}) }),
    );
    expect(new Set((await Promise.all(flood)).map(({ status }) => status))).toEqual(new Set([401]));
    expect(asked() - before).toBeLessThanOrEqual(2);
    expect((await gateway.call('GET', `/v1/users/${userId}`, { token })).status).toBe(200);
  });

  it('is in no log line', () => {
    expect(gateway.log.join('')).not.toContain(token.split('.')[2]);
    expect(gateway.user.log.join('')).not.toContain(token.split('.')[2]);
  });
});
