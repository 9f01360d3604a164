import type { EventServiceClient } from '../feed.ts';
import { logEndOf } from '../../position-ahead.ts';

/** Whoever is asked has so long, in milliseconds. */
const TIMEOUT_MS = 2_000;

/**
 * Asks a publisher whether its log comes as far as a position. One that does not answer is not waited for: while it is away it writes nothing that
 * could be taken for something else, and the next message that comes again has it asked again.
 *
 * @throws AppError OUT_OF_RANGE, POSITION_AHEAD: it does not.
 */
export async function confirmPosition(
  client: EventServiceClient,
  position: bigint,
  signal: AbortSignal,
): Promise<void> {
  const nothing = { afterPosition: position, throughPosition: position, partitions: [], types: [] };
  try {
    await client.readEvents(nothing, { signal, timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (logEndOf(error) !== undefined || signal.aborted) throw error;
  }
}
