import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../../src/chassis/core/index.ts';
import { openIdentity, type CertificateFiles, type ProcessIdentity } from '../../src/chassis/identity/index.ts';
import {
  issueCertificate,
  makeAuthority,
  type CertificatePair,
  type Validity,
} from '../../src/up/certificates/authority.ts';

/** How often test identities look at their files. */
export const RELOAD_MS = 25;

/** Certificates for a test, in a folder of their own, issued by the code that issues a suite's. */
export interface TestCertificates extends AsyncDisposable {
  readonly folder: string;
  readonly authority: CertificatePair;
  /** Writes the three files; by default valid for an hour, signed by and believing `authority`. */
  write(process: string, options?: WriteOptions): Promise<CertificateFiles>;
  /** An identity over such files, closed with the rest. */
  identity(process: string, options?: WriteOptions): Promise<ProcessIdentity>;
}

/** What is not as usual. */
export interface WriteOptions {
  readonly by?: CertificatePair;
  /** Whose certificates are believed. */
  readonly believed?: readonly CertificatePair[];
  readonly validity?: Partial<Validity>;
  /** The folder's name; default: the process's. */
  readonly as?: string;
}

const HOUR_MS = 3_600_000;

/** A certificate authority that is valid now. */
export async function testAuthority(): Promise<CertificatePair> {
  return makeAuthority({ fromMs: systemClock.now(), lifetimeMs: HOUR_MS });
}

/** Makes the folder and its authority. */
export async function testCertificates(): Promise<TestCertificates> {
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-certificates-'));
  const authority = await testAuthority();
  const opened: ProcessIdentity[] = [];
  const write: TestCertificates['write'] = async (process, options = {}) => {
    const { by = authority, believed = [authority], validity, as = process } = options;
    const whole = { fromMs: systemClock.now(), lifetimeMs: HOUR_MS, ...validity };
    const { certificate, key } = await issueCertificate(by, process, whole);
    const path = (part: string) => join(folder, `${as}-${part}.pem`);
    const files = { certificate: path('certificate'), key: path('key'), ca: path('ca') };
    await writeFile(files.ca, believed.map((one) => one.certificate).join('\n'));
    await writeFile(files.key, key);
    await writeFile(files.certificate, certificate);
    return files;
  };
  return {
    folder,
    authority,
    write,
    async identity(process, options) {
      const files = await write(process, options);
      const identity = await openIdentity({ files, process, clock: systemClock, reloadMs: RELOAD_MS });
      opened.push(identity);
      return identity;
    },
    async [Symbol.asyncDispose]() {
      for (const identity of opened) identity[Symbol.dispose]();
      await rm(folder, { recursive: true });
    },
  };
}
