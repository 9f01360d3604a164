import { resolve } from 'node:path';

import { systemClock } from '../../chassis/core/index.ts';
import { openHome } from '../home.ts';
import { certifiedProcesses, describeRenewal } from './keep-certificates.ts';
import { createSuiteCertificates } from './suite-certificates.ts';

/**
 * Does once what a running suite does all the time. Repeat it, at least every third of a certificate's life: running
 * processes see new files by themselves. Throws a UsageError where a suite uses the home.
 */
export async function issueCertificates(directory: string, write: (text: string) => void): Promise<void> {
  using home = openHome(resolve(directory));
  const folder = home.folder('certificates');
  const certificates = createSuiteCertificates({ folder, processes: certifiedProcesses(), clock: systemClock });
  write(`${describeRenewal(await certificates.renew()) ?? 'nothing is due'}; all of it is in ${folder}\n`);
}
