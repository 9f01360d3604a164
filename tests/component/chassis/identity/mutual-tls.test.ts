import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:tls';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { systemClock } from '../../../../src/chassis/core/index.ts';
import type { CertificateFiles } from '../../../../src/chassis/identity/index.ts';
import { testAuthority, testCertificates, type TestCertificates } from '../../../support/certificates.ts';
import { eventually } from '../../../support/eventually.ts';
import { TRANSPORTS, connected } from '../../../support/transports.ts';
import { clientsOf, handshake, refusalsOf, serveSecurely, unchecked } from './secured.ts';

const toTls = async ({ certificate, key, ca }: CertificateFiles) => ({
  ...{ cert: await readFile(certificate), key: await readFile(key), ca: await readFile(ca) },
});

const ID = '01900000-0000-7000-8000-000000000001';
const PAST = { fromMs: systemClock.now() - 7_200_000 };

let certificates: TestCertificates;
beforeEach(async () => {
  certificates = await testCertificates();
});
afterEach(async () => certificates[Symbol.asyncDispose]());

describe.each(TRANSPORTS)('mutual TLS over the transport %s', (transport) => {
  it('carries calls and streams of a caller who is known by its certificate, however the host is called', async () => {
    await using server = await serveSecurely(await certificates.identity('user'));
    await using client = clientsOf('user', server.address, {
      identity: await certificates.identity('order'),
      transport,
    });
    await connected(client.factory, transport);

    await expect(client.users.getUser({ userId: ID })).resolves.toMatchObject({ user: { id: ID } });
    const names: string[] = [];
    for await (const { user } of client.users.exportUsers({})) names.push(user?.id ?? '');

    expect(names).toEqual(['one', 'two']);
    expect(server.callers).toEqual(['order', 'order']);
  });

  it('refuses a process that the contract does not name, and names it and the method', async () => {
    await using server = await serveSecurely(await certificates.identity('user'));
    const identity = await certificates.identity('loyalty');
    await using client = clientsOf('user', server.address, { identity, transport });
    await connected(client.factory, transport);

    await expect(client.users.getUser({ userId: ID })).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      reason: 'CALLER_NOT_ALLOWED',
      metadata: { caller: 'loyalty', method: '/tradewind.user.v1.UserService/GetUser' },
    });
    await expect(client.users.exportUsers({})[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      reason: 'CALLER_NOT_ALLOWED',
    });
    expect(server.callers).toEqual([]);
    // What everybody may ask: keys by the contract, health always.
    await expect(client.auth.getJwks({})).resolves.toMatchObject({ jwksJson: '{}' });
    await expect(client.health.check({ service: '' })).resolves.toBeDefined();
  });

  it('takes a call of the gateway for one from outside where it carries nobody’s token', async () => {
    await using server = await serveSecurely(await certificates.identity('user'));
    const identity = await certificates.identity('gateway');
    await using client = clientsOf('user', server.address, { identity, transport });
    await connected(client.factory, transport);

    await expect(client.users.getUser({ userId: ID })).rejects.toMatchObject({ status: 'UNAUTHENTICATED' });
    await expect(client.auth.getJwks({})).resolves.toBeDefined();
    await expect(client.users.getUser({ userId: ID }, { token: ID })).resolves.toMatchObject({ user: { id: ID } });
  });
});

describe('a server with an identity', () => {
  it.each([
    ['of a foreign authority', 'signed by nobody we trust', async () => ({ by: await testAuthority() })],
    ['that has expired', 'has expired', async () => ({ validity: PAST })],
  ])('lets in nobody with a certificate %s, and says so', async (_what, reason, options) => {
    const identity = await certificates.identity('user');
    const refused = refusalsOf(identity);
    await using server = await serveSecurely(identity);
    const files = await certificates.write('order', { ...(await options()), as: 'bad' });
    await using client = clientsOf('user', server.address, {
      identity: await unchecked(files, 'order', certificates.authority),
    });

    await expect(client.users.getUser({ userId: ID })).rejects.toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'ENDPOINTS_UNREACHABLE',
      message: expect.stringContaining('it does not take the certificate of order, perhaps'),
    });

    await eventually(() => expect(refused).not.toEqual([]));
    expect(refused[0]).toMatchObject({ side: 'server', peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
    expect(refused[0]?.reason).toContain(reason);
    expect(refused[0]?.reason).toContain('spiffe://tradewind/order');
    expect(server.callers).toEqual([]);
  });

  it('lets in nobody without a certificate', async () => {
    const identity = await certificates.identity('user');
    const refused = refusalsOf(identity);
    await using server = await serveSecurely(identity);

    await expect(handshake(server.address, { ca: certificates.authority.certificate })).resolves.toBe('closed');

    await eventually(() => expect(refused.map(({ reason }) => reason)).toEqual(['it has shown no certificate']));
  });

  it('lets in nobody whose certificate names no process of ours', async () => {
    const identity = await certificates.identity('user');
    const refused = refusalsOf(identity);
    await using server = await serveSecurely(identity);
    const files = await certificates.write('Order', { as: 'odd' });

    await expect(handshake(server.address, await toTls(files))).resolves.toBe('closed');

    await eventually(() => expect(refused.map(({ reason }) => reason)).toEqual(['its certificate names none of ours']));
  });

  it('lets in nobody who speaks an older TLS', async () => {
    const identity = await certificates.identity('user');
    const refused = refusalsOf(identity);
    await using server = await serveSecurely(identity);
    const files = await certificates.write('order');

    await handshake(server.address, { ...(await toTls(files)), maxVersion: 'TLSv1.2' });

    await eventually(() => expect(refused.map(({ reason }) => reason)).toEqual(['it does not speak TLS 1.3']));
  });

  it('refuses a client that speaks plain text, and says so at both ends', async () => {
    const identity = await certificates.identity('user');
    const refused = refusalsOf(identity);
    await using server = await serveSecurely(identity);
    await using client = clientsOf('user', server.address, {});

    await expect(client.users.getUser({ userId: ID })).rejects.toMatchObject({ reason: 'ENDPOINTS_UNREACHABLE' });

    await eventually(() => expect(refused[0]?.reason).toBe('it does not speak TLS: plain text, most likely'));
  });

  it('does not believe a header that names a caller', async () => {
    await using server = await serveSecurely(await certificates.identity('user'));
    await using client = clientsOf('user', server.address, { identity: await certificates.identity('loyalty') });
    const { Metadata } = await import('nice-grpc');
    const metadata = Metadata({ 'x-tradewind-internal-caller': 'order', 'x-tradewind-caller': 'order' });

    await expect(client.users.getUser({ userId: ID }, { metadata })).rejects.toMatchObject({
      metadata: { caller: 'loyalty' },
    });
  });

  it('drains and ends like any other, handshakes that never end included', async () => {
    const server = await serveSecurely(await certificates.identity('user'));
    await using client = clientsOf('user', server.address, { identity: await certificates.identity('order') });
    await client.users.getUser({ userId: ID });
    const { connect } = await import('node:net');
    const silent = connect(Number(server.address.split(':')[1]), '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    const closed = new Promise((resolve) => silent.once('close', resolve));

    await server.server.drain({ streamTimeoutMs: 50, timeoutMs: 100 });

    await closed;
    await expect(client.users.getUser({ userId: ID })).rejects.toMatchObject({ status: 'UNAVAILABLE' });
  });
});

describe('a client with an identity', () => {
  it.each([
    [
      'names another process',
      'payment',
      {},
      'its certificate names spiffe://tradewind/payment, and spiffe://tradewind/user was called',
    ],
    ['has expired', 'user', { validity: PAST }, 'its certificate has expired'],
  ] as const)('does not call a server whose certificate %s', async (_what, process, options, reason) => {
    const files = await certificates.write(process, { ...options, as: 'server' });
    await using server = await serveSecurely(await unchecked(files, process, certificates.authority));
    const identity = await certificates.identity('order');
    const refused = refusalsOf(identity);
    await using client = clientsOf('user', server.address, { identity });

    await expect(client.users.getUser({ userId: ID })).rejects.toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'ENDPOINTS_UNREACHABLE',
      message: expect.stringContaining(reason),
    });
    expect(refused[0]).toEqual({ side: 'client', peer: server.address, reason });
    expect(server.callers).toEqual([]);
  });

  it('does not call a server whose certificate a foreign authority signed', async () => {
    const foreign = await testAuthority();
    const files = await certificates.write('user', { by: foreign, as: 'server' });
    await using server = await serveSecurely(await unchecked(files, 'user', certificates.authority));
    await using client = clientsOf('user', server.address, { identity: await certificates.identity('order') });

    await expect(client.users.getUser({ userId: ID })).rejects.toMatchObject({
      message: expect.stringContaining('its certificate was signed by nobody we trust'),
    });
  });

  it('does not call a server that speaks plain text', async () => {
    await using server = await serveSecurely(undefined);
    await using client = clientsOf('user', server.address, { identity: await certificates.identity('order') });

    await expect(client.users.getUser({ userId: ID })).rejects.toMatchObject({
      status: 'UNAVAILABLE',
      message: expect.stringContaining('it does not speak TLS'),
    });
    expect(server.callers).toEqual([]);
  });
});

describe('a session of TLS', () => {
  it('is not resumed: its certificate may have expired since', async () => {
    await using server = await serveSecurely(await certificates.identity('user'));
    const options = {
      ...(await toTls(await certificates.write('order'))),
      ...{ host: '127.0.0.1', port: Number(server.address.split(':')[1]), ALPNProtocols: ['h2'] },
      checkServerIdentity: () => undefined,
    };
    const sessions: Buffer[] = [];
    const first = connect(options).on('session', (session) => sessions.push(session));
    await once(first, 'data'); // SETTINGS come after whatever the server would resume by
    first.destroy();

    const second = connect({ ...options, ...(sessions[0] && { session: sessions[0] }) });
    await once(second, 'secureConnect');

    expect(second.isSessionReused()).toBe(false);
    second.destroy();
  });
});
