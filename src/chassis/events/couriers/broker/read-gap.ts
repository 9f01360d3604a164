import type { CarriedEvent } from '../../courier.ts';
import { toCarried, type EventServiceClient } from '../feed.ts';

/** The highest position there can be: a gap that ends there ends with what the publisher has at the moment. */
export const EVERYTHING = 2n ** 63n - 1n;

/** What a consumer misses of one partition. */
export interface Gap {
  readonly source: string;
  readonly partition: number;
  readonly after: bigint;
  /** Or EVERYTHING. */
  readonly through: bigint;
  /** Of these types only. */
  readonly types: readonly string[];
  readonly signal: AbortSignal;
}

/** Some of what was missing. */
export interface GapPage {
  readonly events: readonly CarriedEvent[];
  /** There is nothing else up to here. */
  readonly through: bigint;
}

/**
 * Reads what a broker did not bring from the publisher's outbox, page by page, up to the end of the gap.
 *
 * @throws AppError OUT_OF_RANGE, POSITION_EXPIRED: it is no longer kept; and what a call to the publisher may throw.
 */
export async function* readGap(client: EventServiceClient, gap: Gap): AsyncGenerator<GapPage> {
  const { source, partition, through, types, signal } = gap;
  let after = gap.after;
  while (after < through) {
    const request = { afterPosition: after, throughPosition: through, partitions: [partition], types: [...types] };
    const { events, throughPosition } = await client.readEvents(request, { signal });
    const isOver = throughPosition <= after;
    if (isOver && through === EVERYTHING) return;
    after = isOver ? through : throughPosition; // the rest of the gap has no events
    yield { events: events.map((event) => toCarried(event, source)), through: after };
  }
}
