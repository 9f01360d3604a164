import { X509Certificate, createPrivateKey, randomBytes, webcrypto } from 'node:crypto';

import { TRUST_DOMAIN, formatSpiffeId } from '../../chassis/identity/index.ts';
import { EC_P256, loadX509 } from './x509.ts';

/** A certificate and its private key, both in PEM. */
export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

/** When something is valid, in wall time. */
export interface Validity {
  readonly fromMs: number;
  readonly lifetimeMs: number;
}

/** Clocks of two machines do not quite agree: what was just made is valid a little before. */
const BACKDATED_MS = 60_000;

/** Makes a certificate authority: a certificate that signs itself. Nothing is written anywhere. */
export async function makeAuthority({ fromMs, lifetimeMs }: Validity): Promise<CertificatePair> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, SubjectKeyIdentifierExtension } = x509;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...common({ fromMs, lifetimeMs }),
    name: `CN=Tradewind development CA ${new Date(fromMs).toISOString()}`,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await toPem(keys.privateKey) };
}

/**
 * Issues a certificate that names the process and serves at both ends of a connection. Hosts are named too, for clients
 * that know nothing of processes and check the address: grpcurl on this machine, a container's name. Source: SPIFFE
 * X.509-SVID, sections 2 and 4.
 */
export async function issueCertificate(
  authority: CertificatePair,
  process: string,
  { fromMs, lifetimeMs }: Validity,
): Promise<CertificatePair> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    ...common({ fromMs, lifetimeMs }),
    subject: `CN=${process}, O=${TRUST_DOMAIN}`,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      new x509.SubjectAlternativeNameExtension([
        { type: 'url', value: formatSpiffeId(process) },
        { type: 'dns', value: 'localhost' },
        { type: 'dns', value: process },
        { type: 'ip', value: '127.0.0.1' },
      ]),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await toPem(keys.privateKey) };
}

/** From when until when a certificate is valid, as it was asked for. */
export function validityOf(certificate: string): Validity {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  const fromMs = validFromDate.getTime() + BACKDATED_MS;
  return { fromMs, lifetimeMs: validToDate.getTime() - fromMs };
}

function common({ fromMs, lifetimeMs }: Validity) {
  return {
    serialNumber: `01${randomBytes(15).toString('hex')}`, // positive, and nobody's before
    notBefore: new Date(fromMs - BACKDATED_MS),
    notAfter: new Date(fromMs + lifetimeMs),
    signingAlgorithm: EC_P256,
  };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(EC_P256, true, ['sign', 'verify']);
}

async function toPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return String(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' }));
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' });
  return webcrypto.subtle.importKey('pkcs8', der, EC_P256, false, ['sign']);
}
