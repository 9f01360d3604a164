import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CertificateFiles } from '../chassis/identity/index.ts';

/** How the other commands find the suite that runs in a home. */
export interface SuiteFile {
  /** ETCD_ENDPOINTS of its processes. */
  readonly etcdEndpoints: string;
  /** The operator's certificate, for calls; absent: calls are plain text. */
  readonly certificates?: CertificateFiles | undefined;
}

const NAME = 'suite.json';

/** Says in the home where the suite is; disposing takes that back. */
export function writeSuiteFile(home: string, suite: SuiteFile): Disposable {
  const path = join(home, NAME);
  writeFileSync(path, `${JSON.stringify(suite)}\n`, { mode: 0o600 });
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

/** Undefined: no suite runs there. (One that was killed leaves its file behind; its registry then does not answer.) */
export function readSuiteFile(home: string): SuiteFile | undefined {
  try {
    const { etcdEndpoints, certificates } = JSON.parse(readFileSync(join(home, NAME), 'utf8')) as Partial<SuiteFile>;
    return etcdEndpoints === undefined ? undefined : { etcdEndpoints, certificates };
  } catch {
    return undefined; // not there, or half written by a suite that is just starting
  }
}
