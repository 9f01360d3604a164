import type { CertificateProblem } from './certificate-files.ts';

/** A connection that was not let in, or not used. */
export interface RefusedPeer {
  /** Which end of it this process is. */
  readonly side: 'server' | 'client';
  /** host:port of the other end. */
  readonly peer: string;
  /** Why, for people. */
  readonly reason: string;
}

/** What happens to a process's certificates, and to connections because of certificates. */
export interface IdentityEvents {
  /** Other certificates are in force, for every connection from here on. */
  rotated: { readonly notAfterMs: number };
  /** What the files hold cannot be used; what was in force stays so. Told once for each finding. */
  rejected: { readonly problems: readonly CertificateProblem[] };
  /** A tenth of the certificate's life is left, and nobody has renewed it. Told once for each certificate. */
  expiring: { readonly notAfterMs: number };
  refused: RefusedPeer;
}
