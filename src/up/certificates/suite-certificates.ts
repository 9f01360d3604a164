import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock } from '../../chassis/core/index.ts';
import type { CertificateFiles } from '../../chassis/identity/index.ts';
import { isDue, signer, trusted, type Authority } from './authorities.ts';
import { issueCertificate, makeAuthority, validityOf, type CertificatePair } from './authority.ts';
import { writePrivately } from './private-file.ts';

/** How long things last, in milliseconds. */
export interface CertificateLifetimes {
  /** A certificate authority. */
  readonly authorityMs: number;
  /** A process's certificate. */
  readonly processMs: number;
  /** How long an authority is in everybody's bundle before it signs: longer than processes take to notice. */
  readonly spreadMs: number;
  /** How often it is looked at what is due. */
  readonly lookMs: number;
}

/** For a suite on one machine. */
export const DEFAULT_LIFETIMES: CertificateLifetimes = {
  authorityMs: 90 * 86_400_000,
  processMs: 86_400_000,
  spreadMs: 600_000,
  lookMs: 60_000,
};

/** What a look has changed. */
export interface Renewed {
  readonly authority: boolean;
  /** Whose certificates are new. */
  readonly processes: readonly string[];
}

/** The certificates of one suite, in a folder of its home. */
export interface SuiteCertificates {
  filesOf(process: string): CertificateFiles;
  /** Does what is due, writing only whole files; processes see it by themselves. Not to be called twice at a time. */
  renew(): Promise<Renewed>;
}

/** What they are made with. */
export interface SuiteCertificatesOptions {
  /** Nobody but its owner may read it: the authorities' keys are in it. */
  readonly folder: string;
  /** Everybody who gets a certificate. */
  readonly processes: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
  readonly lifetimes?: Partial<CertificateLifetimes>;
}

/** Says where everything is; nothing is read or written before `renew`. */
export function createSuiteCertificates(options: SuiteCertificatesOptions): SuiteCertificates {
  const { folder, processes, clock } = options;
  const { authorityMs, processMs, spreadMs } = { ...DEFAULT_LIFETIMES, ...options.lifetimes };
  const authoritiesFolder = join(folder, 'authorities');
  const filesOf = (process: string): CertificateFiles => ({
    certificate: join(folder, process, 'certificate.pem'),
    key: join(folder, process, 'key.pem'),
    ca: join(folder, process, 'ca.pem'),
  });

  const renewAuthorities = async (nowMs: number) => {
    const known = await readAuthorities(authoritiesFolder);
    const newest = trusted(known, nowMs)[0];
    if (newest !== undefined && !isDue(newest, nowMs)) return { authorities: known, isNew: false };
    const validity = { fromMs: nowMs, lifetimeMs: authorityMs };
    const made = await makeAuthority(validity);
    const path = join(authoritiesFolder, String(nowMs));
    await writePrivately(`${path}.key`, made.key);
    await writePrivately(`${path}.pem`, made.certificate);
    return { authorities: [...known, { ...made, ...validity }], isNew: true };
  };

  const renewProcess = async (process: string, authorities: readonly Authority[], nowMs: number): Promise<boolean> => {
    const files = filesOf(process);
    const believed = trusted(authorities, nowMs);
    const bundle = believed.map(({ certificate }) => certificate).join('\n');
    await mkdir(join(folder, process), { recursive: true, mode: 0o700 });
    if ((await textOf(files.ca)) !== bundle) await writePrivately(files.ca, bundle); // before anything it vouches for
    const [certificate, key] = await Promise.all([textOf(files.certificate), textOf(files.key)]);
    if (certificate !== undefined && key !== undefined && isGood({ certificate, key }, believed, nowMs)) return false;
    const authority = signer(authorities, { nowMs, spreadMs });
    if (authority === undefined) throw new Error('there is no certificate authority'); // one was just made
    const restMs = authority.fromMs + authority.lifetimeMs - nowMs; // nothing outlives who signed it
    const issued = await issueCertificate(authority, process, {
      fromMs: nowMs,
      lifetimeMs: Math.min(processMs, restMs),
    });
    await writePrivately(files.key, issued.key);
    await writePrivately(files.certificate, issued.certificate);
    return true;
  };

  return {
    filesOf,
    async renew() {
      const nowMs = clock.now();
      await mkdir(authoritiesFolder, { recursive: true, mode: 0o700 });
      const { authorities, isNew } = await renewAuthorities(nowMs);
      const renewed = await Promise.all(processes.map((process) => renewProcess(process, authorities, nowMs)));
      return { authority: isNew, processes: processes.filter((_, index) => renewed[index]) };
    },
  };
}

async function readAuthorities(folder: string): Promise<readonly Authority[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.pem'));
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const certificate = await readFile(path, 'utf8');
      const key = await readFile(path.replace(/\.pem$/, '.key'), 'utf8');
      return { certificate, key, ...validityOf(certificate) };
    }),
  );
}

/** Whole, signed by somebody who is believed, and not due: nothing is left of a renewal that was cut short. */
function isGood({ certificate, key }: CertificatePair, believed: readonly Authority[], nowMs: number): boolean {
  if (isDue(validityOf(certificate), nowMs)) return false;
  const own = new X509Certificate(certificate);
  if (!own.checkPrivateKey(createPrivateKey(key))) return false;
  return believed.some((authority) => own.verify(new X509Certificate(authority.certificate).publicKey));
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined; // not there yet
  }
}
