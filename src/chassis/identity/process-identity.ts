import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';

import { createEmitter, type Clock, type Events, type Timer } from '../core/index.ts';
import { CertificateError } from './certificate-error.ts';
import { isSame, readCertificateFiles, type CertificateFiles } from './certificate-files.ts';
import { checkCertificates, type CertificateVerdict, type CheckedCertificates } from './check-certificates.ts';
import type { IdentityEvents, RefusedPeer } from './identity-events.ts';

/** Who this process is to others, and whom it believes; followed while it runs. Closed by who opened it. */
export interface ProcessIdentity extends Disposable {
  /** "order". */
  readonly process: string;
  /** In force now: asked anew for every connection, which then keeps what it began with. */
  readonly certificates: CheckedCertificates;
  /** The same for node:tls: for a server. */
  readonly contextOptions: SecureContextOptions;
  /** The same, made once: for clients. */
  readonly context: SecureContext;
  readonly events: Events<IdentityEvents>;
  /** Whoever makes connections tells here which it refuses. */
  refuse(peer: RefusedPeer): void;
}

/** How an identity is opened. */
export interface ProcessIdentityOptions {
  readonly files: CertificateFiles;
  /** Whom the certificate must name; undefined: any process. */
  readonly process?: string | undefined;
  /** How often the files are looked at, in milliseconds; default DEFAULT_RELOAD_MS. */
  readonly reloadMs?: number | undefined;
  readonly clock: Clock;
}

/** The files are small, and looking works on every kind of mount; the system's notices of changes do not. */
export const DEFAULT_RELOAD_MS = 5_000;

/** What is left of a certificate's life when it should long have been renewed. */
const EXPIRING_SHARE = 0.1;

/**
 * Reads the files and follows them. Rejects with a CertificateError that names every wrong file. Later ones that are wrong
 * are only told, and only when they stay so for two looks: certificate and key are two files, which may be met between one
 * write and the next. (grpc-js's FileWatcherCertificateProvider takes what it reads: its servers then let nobody in.)
 */
export async function openIdentity(options: ProcessIdentityOptions): Promise<ProcessIdentity> {
  const { files, clock, reloadMs = DEFAULT_RELOAD_MS } = options;
  const events = createEmitter<IdentityEvents>();
  const closing = new AbortController();

  const first = await load(files, options.process, clock);
  if (first.kind === 'wrong') throw new CertificateError(files, first.problems);
  let inForce = toInForce(first.certificates);
  let suspected = '';
  let told = '';
  let isExpiryTold = false;

  const look = async () => {
    const found = await load(files, first.certificates.process, clock, inForce.certificates);
    if (closing.signal.aborted) return;
    if (found.kind === 'wrong') {
      const finding = JSON.stringify(found.problems);
      if (finding === suspected && finding !== told) {
        told = finding;
        events.emit('rejected', { problems: found.problems });
      }
      suspected = finding;
      return;
    }
    suspected = told = '';
    if (found.certificates !== inForce.certificates) {
      inForce = toInForce(found.certificates);
      isExpiryTold = false;
      events.emit('rotated', { notAfterMs: found.certificates.notAfterMs });
    }
  };
  const tellExpiry = () => {
    const { notBeforeMs, notAfterMs } = inForce.certificates;
    if (isExpiryTold || notAfterMs - clock.now() > (notAfterMs - notBeforeMs) * EXPIRING_SHARE) return;
    isExpiryTold = true;
    events.emit('expiring', { notAfterMs });
  };
  let timer: Timer | undefined;
  const scheduleLook = () => {
    timer = clock.setTimer(reloadMs, () => {
      void look().then(() => {
        if (closing.signal.aborted) return;
        tellExpiry();
        scheduleLook();
      });
    });
  };
  scheduleLook();

  return {
    process: first.certificates.process,
    get certificates() {
      return inForce.certificates;
    },
    get contextOptions() {
      return inForce.contextOptions;
    },
    get context() {
      return inForce.context;
    },
    events,
    refuse: (peer) => events.emit('refused', peer),
    [Symbol.dispose]() {
      closing.abort();
      timer?.cancel();
    },
  };
}

/** What the files hold now; the very `known` where that is what they hold. */
async function load(
  files: CertificateFiles,
  process: string | undefined,
  clock: Pick<Clock, 'now'>,
  known?: CheckedCertificates,
): Promise<CertificateVerdict> {
  const read = await readCertificateFiles(files);
  if (read.kind === 'wrong') return read;
  if (known !== undefined && isSame(known.texts, read.texts)) return { kind: 'usable', certificates: known };
  return checkCertificates(read.texts, { process, nowMs: clock.now() });
}

interface InForce {
  readonly certificates: CheckedCertificates;
  readonly contextOptions: SecureContextOptions;
  readonly context: SecureContext;
}

function toInForce(certificates: CheckedCertificates): InForce {
  const { certificate: cert, key, ca } = certificates.texts;
  const contextOptions: SecureContextOptions = {
    ...{ cert, key, ca },
    minVersion: 'TLSv1.3',
    // A session that is resumed is not asked for its certificate again, which may have expired since.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
  return { certificates, contextOptions, context: createSecureContext(contextOptions) };
}
