import type { Queryable } from '../store/index.ts';
import { logEnds, type LogEnds } from './log-ends.ts';
import { eventStatements } from './statements.ts';

/** Positions and times rise together, but for transactions that write at the same moment; theirs are closer than this, in milliseconds. */
const SKEW_MS = 1_000;

/**
 * A position that everything of a time and later follows, and little else. Found by halving: times have no index, because every insert would
 * pay for it and only operators ask.
 */
export async function findPosition(
  queryable: Queryable,
  time: Date | undefined,
): Promise<LogEnds & { readonly position: bigint }> {
  const ends = await logEnds(queryable);
  if (time === undefined) return { ...ends, position: ends.newestPosition };
  const before = time.getTime() - SKEW_MS;
  let low = ends.oldestPosition;
  let high = ends.newestPosition;
  while (low < high) {
    const middle = (low + high) / 2n;
    const next = await queryable.one<{ position: bigint; event_time: Date }>(eventStatements()['event-after'], [
      middle,
    ]);
    if (next !== undefined && next.event_time.getTime() < before) low = next.position;
    else high = middle;
  }
  return { ...ends, position: low };
}
