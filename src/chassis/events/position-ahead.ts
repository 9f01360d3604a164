import { AppError } from '../core/index.ts';

/** The reason of a refusal to read after a position that the log has not come to. */
export const POSITION_AHEAD = 'POSITION_AHEAD';

/**
 * OUT_OF_RANGE: the publisher's database was restored from a backup, or is another one. What it writes up to the position would be taken for what
 * was handled before.
 */
export function positionAhead(position: bigint, last: bigint): AppError {
  return new AppError({
    status: 'OUT_OF_RANGE',
    reason: POSITION_AHEAD,
    message: `the log ends at ${last}, before position ${position}, as one does that was restored from a backup`,
    metadata: { position: String(position), last_position: String(last) },
  });
}

/** Where the log ends by such a refusal; undefined: it is none. */
export function logEndOf(error: unknown): bigint | undefined {
  if (!(error instanceof AppError) || error.reason !== POSITION_AHEAD) return undefined;
  return BigInt(error.metadata['last_position'] ?? 0);
}
