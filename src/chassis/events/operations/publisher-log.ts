import type { EventServiceClient } from '../couriers/feed.ts';
import type { LogEnds } from '../log-ends.ts';
import type { Lag } from '../measure-lag.ts';

/** What a consumer's operator asks of a publisher. */
export interface PublisherLog {
  /** Where its log begins and ends. */
  ends(signal: AbortSignal): Promise<LogEnds>;
  /** A position that everything of the time and later follows. */
  positionOf(time: Date, signal: AbortSignal): Promise<bigint>;
  /** When the first event after a position was; undefined: there is none. */
  timeAfter(position: bigint, signal: AbortSignal): Promise<Date | undefined>;
  lag(
    options: { readonly after: ReadonlyMap<number, bigint>; readonly types: readonly string[] },
    signal: AbortSignal,
  ): Promise<Lag>;
}

/** Whoever is asked has so long, in milliseconds. */
const TIMEOUT_MS = 2_000;

/** A publisher by its EventService. */
export function createPublisherLog(client: EventServiceClient): PublisherLog {
  const find = (time: Date | undefined, signal: AbortSignal) =>
    client.findPosition({ time }, { signal, timeoutMs: TIMEOUT_MS });
  return {
    ends: (signal) => find(undefined, signal),
    positionOf: async (time, signal) => (await find(time, signal)).position,
    async timeAfter(afterPosition, signal) {
      const request = { afterPosition, throughPosition: 0n, partitions: [], types: [] };
      const { events } = await client.readEvents(request, { signal, timeoutMs: TIMEOUT_MS });
      return events[0]?.time;
    },
    async lag({ after, types }, signal) {
      const positions = [...after].map(([partition, position]) => ({ partition, position }));
      const request = { after: positions, types: [...types] };
      return client.measureLag(request, { signal, timeoutMs: TIMEOUT_MS });
    },
  };
}
