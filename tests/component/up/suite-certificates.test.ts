import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { openIdentity, processOfNames } from '../../../src/chassis/identity/index.ts';
import { createSuiteCertificates } from '../../../src/up/certificates/suite-certificates.ts';
import { systemClock } from '../../../src/chassis/core/index.ts';

const HOUR_MS = 3_600_000;
const LIFETIMES = { authorityMs: 12 * HOUR_MS, processMs: 3 * HOUR_MS, spreadMs: HOUR_MS / 2 };
const PROCESSES = ['order', 'payment'];

describe('createSuiteCertificates', () => {
  let folder: string;
  let nowMs: number;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tradewind-suite-certificates-'));
    nowMs = Math.floor(systemClock.now() / 1_000) * 1_000;
  });
  afterEach(async () => rm(folder, { recursive: true }));

  const suite = () =>
    createSuiteCertificates({ folder, processes: PROCESSES, clock: { now: () => nowMs }, lifetimes: LIFETIMES });
  const certificateOf = async (process: string) =>
    new X509Certificate(await readFile(suite().filesOf(process).certificate));
  const bundleOf = async (process: string) =>
    (await readFile(suite().filesOf(process).ca, 'utf8'))
      .match(/-----BEGIN[\s\S]+?END CERTIFICATE-----/g)!
      .map((pem) => new X509Certificate(pem));

  it('issues at once what a process takes, and nothing a second time', async () => {
    await expect(suite().renew()).resolves.toEqual({ authority: true, processes: PROCESSES });
    await expect(suite().renew()).resolves.toEqual({ authority: false, processes: [] });

    for (const process of PROCESSES) {
      using identity = await openIdentity({ files: suite().filesOf(process), process, clock: systemClock });
      expect(processOfNames((await certificateOf(process)).subjectAltName)).toBe(process);
      expect(identity.certificates.notAfterMs).toBe(nowMs + LIFETIMES.processMs);
    }
  });

  it('lets nobody but its owner read a key, and leaves no draft behind', async () => {
    await suite().renew();

    const names = (await readdir(folder, { recursive: true })).filter((name) => /\.[a-z]+$/.test(name));
    expect(names).toHaveLength(2 + 3 * PROCESSES.length);
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  it('renews a certificate when two thirds of its life have passed', async () => {
    await suite().renew();
    nowMs += LIFETIMES.processMs * 0.6;
    await expect(suite().renew()).resolves.toMatchObject({ processes: [] });
    nowMs += LIFETIMES.processMs * 0.1;
    await expect(suite().renew()).resolves.toEqual({ authority: false, processes: PROCESSES });
  });

  it('issues anew what a renewal that was cut short has left: a key without its certificate', async () => {
    await suite().renew();
    await writeFile(suite().filesOf('order').key, await readFile(suite().filesOf('payment').key));

    await expect(suite().renew()).resolves.toMatchObject({ processes: ['order'] });
  });

  it('comes back after any time away with certificates that are valid', async () => {
    await suite().renew();
    nowMs += 100 * LIFETIMES.authorityMs;

    await expect(suite().renew()).resolves.toEqual({ authority: true, processes: PROCESSES });
    expect((await certificateOf('order')).validToDate.getTime()).toBe(nowMs + LIFETIMES.processMs);
    expect(await bundleOf('order')).toHaveLength(1);
  });

  it('has everybody believe everybody at every moment, over several authorities', async () => {
    const authorities = new Set<string>();
    let steps = 0;
    // Each process as it was a look ago, beside the others as they are now: nobody notices at once.
    let before: { readonly own: X509Certificate; readonly bundle: readonly X509Certificate[] }[] = [];
    for (; authorities.size < 4; nowMs += LIFETIMES.spreadMs / 2, steps++) {
      await suite().renew();
      const now = await Promise.all(
        PROCESSES.map(async (name) => ({ own: await certificateOf(name), bundle: await bundleOf(name) })),
      );
      for (const { own } of [...now, ...before]) {
        for (const { bundle } of [...now, ...before]) {
          expect(bundle.some((authority) => own.verify(authority.publicKey))).toBe(true);
        }
        expect(own.validToDate.getTime()).toBeGreaterThan(nowMs);
      }
      const signedBy = now[0]!.bundle.find((authority) => now[0]!.own.verify(authority.publicKey))!;
      expect(now[0]!.own.validToDate.getTime()).toBeLessThanOrEqual(signedBy.validToDate.getTime());
      authorities.add(signedBy.fingerprint256);
      before = now;
    }
    expect(steps).toBeGreaterThan(40);
  });
});
