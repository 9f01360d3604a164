import { CATALOGUE } from '../../catalogue.ts';
import { openIdentity, type CertificateFiles, type ProcessIdentity } from '../../chassis/identity/index.ts';
import type { Clock, Timer } from '../../chassis/core/index.ts';
import type { Reporter } from '../reporter.ts';
import {
  DEFAULT_LIFETIMES,
  createSuiteCertificates,
  type CertificateLifetimes,
  type Renewed,
} from './suite-certificates.ts';

/** Whose certificate the commands show, and the supervisor itself. */
export const OPERATOR = 'operator';

/** Every process that calls or is called over gRPC, and the operator. */
export function certifiedProcesses(): readonly string[] {
  return [...CATALOGUE.filter(({ kind }) => kind !== 'sandbox').map(({ name }) => name), OPERATOR];
}

/** The certificates of a running suite, renewed while it runs. */
export interface KeptCertificates extends Disposable {
  filesOf(process: string): CertificateFiles;
  /** The supervisor's own: it seeds, and places the first order. */
  readonly operator: ProcessIdentity;
}

/** How they are kept. */
export interface KeepCertificatesOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly report: Reporter;
  readonly lifetimes?: Partial<CertificateLifetimes>;
}

/** Issues what is missing, and from then on does what is due, until it is disposed of. What fails is told and tried again. */
export async function keepCertificates(options: KeepCertificatesOptions): Promise<KeptCertificates> {
  const { folder, clock, report, lifetimes } = options;
  const { lookMs } = { ...DEFAULT_LIFETIMES, ...lifetimes };
  const processes = certifiedProcesses();
  const certificates = createSuiteCertificates({ folder, processes, clock, ...(lifetimes && { lifetimes }) });
  await certificates.renew();
  const operator = await openIdentity({ files: certificates.filesOf(OPERATOR), process: OPERATOR, clock });
  let timer: Timer | undefined;
  let isOver = false;

  const look = async () => {
    try {
      const text = describeRenewal(await certificates.renew());
      if (text !== undefined) report({ event: 'certificates', text });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      report({ event: 'certificates', text: `certificates were not renewed, and will be tried again: ${why}` });
    }
    if (!isOver) schedule();
  };
  const schedule = () => {
    timer = clock.setTimer(lookMs, () => void look());
  };
  schedule();

  return {
    filesOf: (process) => certificates.filesOf(process),
    operator,
    [Symbol.dispose]() {
      isOver = true;
      timer?.cancel();
      operator[Symbol.dispose]();
    },
  };
}

/** For people; undefined: nothing was due. */
export function describeRenewal({ authority, processes }: Renewed): string | undefined {
  const parts = [
    ...(authority ? ['a new certificate authority'] : []),
    ...(processes.length > 0 ? [`new certificates for ${processes.join(', ')}`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}
