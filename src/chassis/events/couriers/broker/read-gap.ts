import type { CarriedEvent } from '../../courier.ts';
import { MAX_POSITION } from '../../position.ts';
import { toCarried, type EventServiceClient } from '../feed.ts';

/** A gap that ends there ends with what the publisher has at the moment. */
export const EVERYTHING = MAX_POSITION;

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
 * Reads what a broker did not bring from the publisher's outbox, page by page, up to the end of the gap; or of the outbox, where that ends before: the
 * publisher has written nothing there, whatever a message says.
 *
 * @throws AppError OUT_OF_RANGE, POSITION_EXPIRED: it is no longer kept; and what a call to the publisher may throw.
 */
export async function* readGap(client: EventServiceClient, gap: Gap): AsyncGenerator<GapPage> {
  const { source, partition, through, types, signal } = gap;
  let after = gap.after;
  let newest: bigint | undefined;
  while (after < through) {
    const request = { afterPosition: after, throughPosition: through, partitions: [partition], types: [...types] };
    const { events, throughPosition } = await client.readEvents(request, { signal });
    if (throughPosition > after) {
      after = throughPosition;
      yield { events: events.map((event) => toCarried(event, source)), through: after };
    } else if (newest === undefined && through !== EVERYTHING) {
      ({ newestPosition: newest } = await client.findPosition({ time: undefined }, { signal }));
    } else if (newest !== undefined && newest >= through) {
      after = through; // the log was as long when the rest of the gap was read, and had nothing there
      yield { events: [], through };
    } else {
      return;
    }
  }
}
