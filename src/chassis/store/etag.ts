import { AppError } from '../core/index.ts';

/** A row's version as its etag. */
export function etagOf(version: bigint | number): string {
  return `v${version}`;
}

/**
 * Holds an update to the version its caller read; an empty etag asks for nothing. Check it in the transaction of the update, on the locked
 * row, or put the version into the statement's WHERE. Source: https://google.aip.dev/154
 *
 * @throws AppError ABORTED, reason ETAG_MISMATCH.
 */
export function assertEtag(etag: string, version: bigint | number): void {
  if (etag === '' || etag === etagOf(version)) return;
  throw new AppError({
    status: 'ABORTED',
    reason: 'ETAG_MISMATCH',
    message: 'the resource changed since it was read; read it again',
    metadata: { etag: etagOf(version) },
  });
}
