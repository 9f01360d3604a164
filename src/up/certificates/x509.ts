import type * as X509 from '@peculiar/x509';

/** The library that writes certificates; node:crypto only reads them. */
export type X509Library = typeof X509;

/** Every key here is on this curve: small, quick, and known to every TLS 1.3. */
export const EC_P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/**
 * Loads the library, the first time in some 100 ms: only a suite with certificates pays for it. It stands on tsyringe, which
 * refuses to load before reflect-metadata.
 */
export async function loadX509(): Promise<X509Library> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}
