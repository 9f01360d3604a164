import { readFile, writeFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { systemClock } from '../../../../src/chassis/core/index.ts';
import { CertificateError, openIdentity, type CertificateFiles } from '../../../../src/chassis/identity/index.ts';
import { RELOAD_MS, testAuthority, testCertificates, type TestCertificates } from '../../../support/certificates.ts';
import { eventually } from '../../../support/eventually.ts';

let certificates: TestCertificates;
beforeEach(async () => {
  certificates = await testCertificates();
});
afterEach(async () => certificates[Symbol.asyncDispose]());

const HOUR_MS = 3_600_000;

describe('openIdentity', () => {
  const open = (files: CertificateFiles, process = 'order') =>
    openIdentity({ files, process, clock: systemClock, reloadMs: RELOAD_MS });

  type Spoil = (files: CertificateFiles) => Promise<CertificateFiles | void>;
  const now = systemClock.now();
  const rewrite = (validity: { fromMs: number }) => async () => certificates.write('order', { validity });
  const WRONG: readonly (readonly [string, Spoil, keyof CertificateFiles, RegExp])[] = [
    [
      'a file that is not there',
      async (files) => ({ ...files, ca: '/nowhere/ca.pem' }),
      'ca',
      /cannot be read .*ENOENT/,
    ],
    ['no certificate', (files) => writeFile(files.certificate, 'hello'), 'certificate', /holds no certificate/],
    ['no key', (files) => writeFile(files.key, 'hello'), 'key', /holds no private key/],
    ['an empty bundle', (files) => writeFile(files.ca, ''), 'ca', /holds no certificate/],
    [
      'another key',
      async (files) => ({ ...files, key: (await certificates.write('x')).key }),
      'key',
      /does not belong/,
    ],
    [
      'the name of another process',
      async () => certificates.write('payment'),
      'certificate',
      /names payment, and this is order/,
    ],
    ['no name of ours', async () => certificates.write('Order'), 'certificate', /spiffe:\/\/tradewind\/<process>/],
    ['a time that has passed', rewrite({ fromMs: now - 2 * HOUR_MS }), 'certificate', /expired at 20/],
    ['a time that has not come', rewrite({ fromMs: now + 2 * HOUR_MS }), 'certificate', /valid only from 20/],
    [
      'the signature of somebody else',
      async () => certificates.write('order', { by: await testAuthority() }),
      'certificate',
      /signed by no certificate authority/,
    ],
    [
      'a process among the authorities',
      async (files) => writeFile(files.ca, await readFile(files.certificate)),
      'ca',
      /may not sign/,
    ],
  ];

  it.each(WRONG)('refuses %s, and names the file and the rule', async (_what, spoil, part, rule) => {
    const files = await certificates.write('order');
    const spoilt = (await spoil(files)) ?? files;

    const error = await open(spoilt).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(CertificateError);
    const { message } = error as CertificateError;
    expect(message.split('\n')).toContainEqual(expect.stringMatching(rule));
    expect(message).toContain(spoilt[part]);
  });

  it('names every wrong file at once', async () => {
    const files = { certificate: '/nowhere/a', key: '/nowhere/b', ca: '/nowhere/c' };

    await expect(open(files)).rejects.toMatchObject({
      problems: [{ part: 'certificate' }, { part: 'key' }, { part: 'ca' }],
    });
  });

  it('puts new certificates into force by itself', async () => {
    const files = await certificates.write('order');
    using identity = await open(files);
    const before = identity.certificates;

    await certificates.write('order', { validity: { lifetimeMs: 2 * HOUR_MS } });

    await eventually(() => expect(identity.certificates.notAfterMs).toBeGreaterThan(before.notAfterMs));
    expect(identity.contextOptions.cert).toBe(await readFile(files.certificate, 'utf8'));
  });

  it('keeps what is in force while the files are wrong, says so once, and takes the next right ones', async () => {
    const files = await certificates.write('order');
    using identity = await open(files);
    const before = identity.certificates;
    const told: unknown[] = [];
    identity.events.on('rejected', ({ problems }) => void told.push(problems));

    await writeFile(files.key, (await readFile((await certificates.write('other')).key)).toString());
    await eventually(() => expect(told).not.toEqual([]));
    await systemClock.sleep(5 * RELOAD_MS);

    expect(told).toEqual([[{ part: 'key', rule: 'does not belong to the certificate' }]]);
    expect(identity.certificates).toBe(before);

    await certificates.write('order');
    await eventually(() => expect(identity.certificates).not.toBe(before));
  });

  it('does not become another process by another file', async () => {
    const files = await certificates.write('order');
    using identity = await openIdentity({ files, clock: systemClock, reloadMs: RELOAD_MS });
    const told: unknown[] = [];
    identity.events.on('rejected', ({ problems }) => void told.push(problems));

    await certificates.write('payment', { as: 'order' });

    await eventually(() => expect(told).toEqual([[{ part: 'certificate', rule: 'names payment, and this is order' }]]));
    expect(identity.process).toBe('order');
  });

  it('says once when a certificate ends soon that nobody has renewed', async () => {
    const validity = { fromMs: systemClock.now() - HOUR_MS + 60_000 };
    using identity = await open(await certificates.write('order', { validity }));
    let told = 0;
    identity.events.on('expiring', () => void (told += 1));

    await eventually(() => expect(told).toBe(1));
    await systemClock.sleep(5 * RELOAD_MS);

    expect(told).toBe(1);
  });
});
