import type { EventServiceClient } from './feed.ts';

/** Where a publisher's log begins by now: what follows the position is still kept. Throws where the publisher is away. */
export async function oldestPositionOf(client: EventServiceClient, signal: AbortSignal): Promise<bigint> {
  const { oldestPosition } = await client.findPosition({ time: undefined }, { signal });
  return oldestPosition;
}
