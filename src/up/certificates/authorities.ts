import type { CertificatePair, Validity } from './authority.ts';

/** A certificate authority of one home. */
export interface Authority extends CertificatePair, Validity {}

/** What of a certificate's life has passed when it is renewed. */
export const RENEWED_AFTER = 2 / 3;

/** Whether something that is valid so is due to be renewed. */
export function isDue({ fromMs, lifetimeMs }: Validity, nowMs: number): boolean {
  return nowMs >= fromMs + lifetimeMs * RENEWED_AFTER;
}

/** Those whose certificates are believed: all that have not expired, newest first. Old ones stay while theirs are about. */
export function trusted(authorities: readonly Authority[], nowMs: number): readonly Authority[] {
  return authorities
    .filter(({ fromMs, lifetimeMs }) => nowMs < fromMs + lifetimeMs)
    .toSorted((left, right) => right.fromMs - left.fromMs);
}

/**
 * The one that signs: the newest that everybody has had in his bundle for `spreadMs`, the oldest where none has been there
 * so long. A new one that signed at once would meet processes that have never heard of it.
 */
export function signer(
  authorities: readonly Authority[],
  { nowMs, spreadMs }: { readonly nowMs: number; readonly spreadMs: number },
): Authority | undefined {
  const believed = trusted(authorities, nowMs);
  return believed.find(({ fromMs }) => nowMs >= fromMs + spreadMs) ?? believed.at(-1);
}
