export { CertificateError } from './certificate-error.ts';
export type { CertificateFiles, CertificatePart, CertificateProblem } from './certificate-files.ts';
export type { IdentityEvents, RefusedPeer } from './identity-events.ts';
export { judgePeer, reasonOf, wrongServer, type PeerVerdict } from './peer-verdict.ts';
export {
  DEFAULT_RELOAD_MS,
  openIdentity,
  type ProcessIdentity,
  type ProcessIdentityOptions,
} from './process-identity.ts';
export { TRUST_DOMAIN, formatSpiffeId, processOfNames } from './spiffe-id.ts';
