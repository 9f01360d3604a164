import type { TLSSocket } from 'node:tls';

import { formatSpiffeId, processOfNames } from './spiffe-id.ts';

/** Whether a peer is let in, and as whom. */
export type PeerVerdict =
  | { readonly kind: 'accepted'; readonly process: string }
  /** `reason` is for people. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The certificate itself, as far as it decides: a TLSSocket has it. */
export type PeerSocket = Pick<TLSSocket, 'authorized' | 'authorizationError' | 'getPeerX509Certificate'>;

const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate was signed by nobody we trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate was signed by nobody we trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate was signed by nobody we trust',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate was signed by nobody we trust',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate was signed by nobody we trust but itself',
  CERT_SIGNATURE_FAILURE: 'its certificate was signed by nobody we trust',
  INVALID_PURPOSE: 'its certificate is not one for this side of a connection',
};

/** Judges the peer of a finished handshake, in which its certificate was asked for and verified but decided nothing yet. */
export function judgePeer(socket: PeerSocket): PeerVerdict {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return refused('it has shown no certificate');
  const process = processOfNames(certificate.subjectAltName);
  const shown = process === undefined ? 'none of ours' : formatSpiffeId(process);
  if (!socket.authorized) {
    // An error whose code it is, whatever Node's types say of it; a text in some versions.
    const error = socket.authorizationError as unknown;
    return refused(`${reasonOf(error)} (it names ${shown})`);
  }
  if (process === undefined) return refused(`its certificate names ${shown}`);
  return { kind: 'accepted', process };
}

/**
 * What is wrong with the names of a server's certificate whose signature has been verified; undefined: nothing. `expected`
 * undefined: any process of the suite may answer. The host it was found at does not matter: hosts come and go.
 */
export function wrongServer(subjectAltName: string | undefined, expected: string | undefined): string | undefined {
  const process = processOfNames(subjectAltName);
  if (process === undefined) return 'its certificate names none of ours';
  if (expected === undefined || process === expected) return undefined;
  return `its certificate names ${formatSpiffeId(process)}, and ${formatSpiffeId(expected)} was called`;
}

/** In words, what TLS says of a certificate or of a handshake that failed. */
export function reasonOf(error: unknown): string {
  const code = typeof error === 'string' ? error : codeOf(error);
  return REASONS[code] ?? HANDSHAKE[code] ?? (error instanceof Error ? error.message : code);
}

/** What OpenSSL says of handshakes that failed before there was a certificate to judge, and of alerts from the other side. */
const HANDSHAKE: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: plain text, most likely',
  ERR_SSL_HTTP_REQUEST: 'it does not speak TLS but plain HTTP',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it does not speak TLS 1.3',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'it does not speak HTTP/2',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a certificate, and was shown none',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not trust who signed our certificate',
  ECONNRESET: 'it ended the connection during the handshake',
};

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}

function refused(reason: string): PeerVerdict {
  return { kind: 'refused', reason };
}
