import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';

import type { CertificatePart, CertificateProblem, CertificateTexts } from './certificate-files.ts';
import { formatSpiffeId, processOfNames } from './spiffe-id.ts';

/** Certificates that can be shown to others. */
export interface CheckedCertificates {
  readonly texts: CertificateTexts;
  /** Whom they name. */
  readonly process: string;
  /** Wall time in milliseconds: from when and until when its own certificate is valid. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** What checking them came to. */
export type CertificateVerdict =
  | { readonly kind: 'usable'; readonly certificates: CheckedCertificates }
  | { readonly kind: 'wrong'; readonly problems: readonly CertificateProblem[] };

/** How certificates are checked. */
export interface CertificateCheckOptions {
  /** Whom they must name; undefined: any process. */
  readonly process: string | undefined;
  readonly nowMs: number;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Holds what was read to everything a peer will hold it to, so that a wrong file is named here and not by calls that fail.
 * Returns every problem found. Source: SPIFFE X.509-SVID, sections 4 and 5.
 */
export function checkCertificates(
  texts: CertificateTexts,
  { process, nowMs }: CertificateCheckOptions,
): CertificateVerdict {
  const problems: CertificateProblem[] = [];
  const wrong = (part: CertificatePart, rule: string) => void problems.push({ part, rule });
  const chain = parseCertificates(texts.certificate);
  const authorities = parseCertificates(texts.ca);
  const key = parseKey(texts.key);

  if (authorities.length === 0) wrong('ca', 'holds no certificate in PEM');
  else if (!authorities.every((authority) => authority.ca)) wrong('ca', 'holds a certificate that may not sign others');
  if (key === undefined) wrong('key', 'holds no private key in PEM without a password');
  const [own] = chain;
  if (own === undefined) {
    wrong('certificate', 'holds no certificate in PEM');
    return { kind: 'wrong', problems };
  }

  const named = processOfNames(own.subjectAltName);
  if (named === undefined)
    wrong('certificate', `names no process: its one URI must read ${formatSpiffeId('<process>')}`);
  else if (process !== undefined && named !== process) wrong('certificate', `names ${named}, and this is ${process}`);
  if (own.ca) wrong('certificate', 'is that of a certificate authority, not of a process');
  if (key !== undefined && !own.checkPrivateKey(key)) wrong('key', 'does not belong to the certificate');
  if (nowMs > own.validToDate.getTime()) wrong('certificate', `expired at ${own.validToDate.toISOString()}`);
  if (nowMs < own.validFromDate.getTime())
    wrong('certificate', `is valid only from ${own.validFromDate.toISOString()}`);
  if (authorities.length > 0 && !isSignedBy(own, chain.slice(1), authorities)) {
    wrong('certificate', 'was signed by no certificate authority of the bundle');
  }
  const unusable = problems.length > 0 ? undefined : whyUnusable(texts);
  if (unusable !== undefined) wrong('certificate', `cannot be used for TLS (${unusable})`);
  if (problems.length > 0 || named === undefined) return { kind: 'wrong', problems };
  const [notBeforeMs, notAfterMs] = [own.validFromDate.getTime(), own.validToDate.getTime()];
  return { kind: 'usable', certificates: { texts, process: named, notBeforeMs, notAfterMs } };
}

/** What OpenSSL has against it that the rules above do not know: a key that is too short, an old signature. */
function whyUnusable({ certificate: cert, key, ca }: CertificateTexts): string | undefined {
  try {
    createSecureContext({ cert, key, ca });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether the certificate leads to an authority, through those that came with it. */
function isSignedBy(
  own: X509Certificate,
  between: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): boolean {
  const isBy = (subject: X509Certificate) => (issuer: X509Certificate) =>
    subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
  if (authorities.some(isBy(own))) return true;
  const next = between.find(isBy(own));
  return next !== undefined && isSignedBy(next, between.toSpliced(between.indexOf(next), 1), authorities);
}

/** Empty where one of them cannot be read: a bundle is taken whole or not at all. */
function parseCertificates(pem: string): readonly X509Certificate[] {
  try {
    return (pem.match(PEM_CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
  } catch {
    return []; // told as a file without certificates
  }
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined; // told as a file without a key
  }
}
