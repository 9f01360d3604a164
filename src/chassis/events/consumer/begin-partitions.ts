import { positionExpired } from '../position-expired.ts';
import type { HeldPartition, Inbox } from './inbox.ts';

/**
 * Has partitions that were never read begin where the publisher's log does by now, and gives all as they stand then. `oldest` asks for that; nobody
 * is asked unless one stands at 0.
 *
 * @throws AppError OUT_OF_RANGE, POSITION_EXPIRED: one was there when nothing had been dropped, and what it did not read since is no longer kept.
 */
export async function beginPartitions(
  held: readonly HeldPartition[],
  { inbox, oldest }: { readonly inbox: Inbox; readonly oldest: () => Promise<bigint> },
): Promise<readonly HeldPartition[]> {
  const first = held.filter(({ position }) => position === 0n);
  if (first.length === 0) return held;
  const position = await oldest();
  if (position > 0n && first.some(({ hasBegun }) => hasBegun)) throw positionExpired(0n, position);
  const fresh = new Set(first.filter(({ hasBegun }) => !hasBegun).map(({ partition }) => partition));
  if (fresh.size === 0) return held;
  await inbox.begin([...fresh], position);
  return held.map((one) => (fresh.has(one.partition) ? { ...one, position, hasBegun: true } : one));
}
