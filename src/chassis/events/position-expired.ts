import { AppError } from '../core/index.ts';

/** The reason of a refusal to read after a position that events beyond have been pruned of. */
export const POSITION_EXPIRED = 'POSITION_EXPIRED';

/** OUT_OF_RANGE: whoever asks has missed events for good. */
export function positionExpired(position: bigint, oldest: bigint): AppError {
  return new AppError({
    status: 'OUT_OF_RANGE',
    reason: POSITION_EXPIRED,
    message: `events after position ${position} are no longer kept; the oldest that are follow ${oldest}`,
    metadata: { position: String(position), oldest_position: String(oldest) },
  });
}
