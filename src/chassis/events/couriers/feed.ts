import type { EventServiceDefinition } from '../../../../gen/tradewind/events/v1/event_service.ts';
import { type Event, type SubscribeRequest } from '../../../../gen/tradewind/events/v1/event_service.ts';
import type { ChassisClient } from '../../client/index.ts';
import type { CarriedEvent, Courier, Subscription } from '../courier.ts';
import { partitionOf } from '../partition.ts';
import { oldestPositionOf } from './oldest-position.ts';
import { createRequestQueue } from './request-queue.ts';

/** A client of a publisher's EventService. */
export type EventServiceClient = ChassisClient<typeof EventServiceDefinition>;

/** What the feed is made of. */
export interface FeedCourierOptions {
  /** A client of a publisher, found through the registry; closed by whoever made it. */
  readonly client: (source: string) => EventServiceClient;
}

/** A deadline far away: a subscription is open for as long as its consumer. Half a day, in milliseconds; then it is opened again. */
const SUBSCRIPTION_MS = 12 * 60 * 60_000;

/** The courier that needs nothing: consumers read the publisher's outbox over a gRPC stream each. */
export function createFeedCourier({ client }: FeedCourierOptions): Courier {
  async function* open({ consumer, source, types, after, window, signal }: Subscription) {
    const requests = createRequestQueue<SubscribeRequest>();
    const positions = [...after].map(([partition, position]) => ({ partition, position }));
    const start = { consumer, after: positions, types: [...types], window };
    requests.push({ kind: { $case: 'start', value: start } });
    try {
      for await (const response of client(source).subscribe(requests, { signal, timeoutMs: SUBSCRIPTION_MS })) {
        const through = response.throughPosition;
        yield {
          events: response.events.map((event) => toCarried(event, source)),
          through: new Map([...after.keys()].map((partition) => [partition, through])),
          handled() {
            const last = response.events.at(-1);
            if (last !== undefined) requests.push({ kind: { $case: 'ack', value: { position: last.position } } });
          },
        };
      }
    } finally {
      requests.end();
    }
  }
  const close = async () => {};
  return {
    ...{ name: 'feed', open, close, [Symbol.asyncDispose]: close },
    oldestPosition: (source, signal) => oldestPositionOf(client(source), signal),
  };
}

/** An event as EventService gives it. */
export function toCarried(event: Event, source: string): CarriedEvent {
  const { position, id, type, aggregateType, aggregateId, sequence, time, data, traceparent } = event;
  return {
    ...{ id, source, type, aggregateType, aggregateId, sequence, position, data },
    time: time ?? new Date(0),
    partition: partitionOf(aggregateType, aggregateId),
    traceparent: traceparent === '' ? undefined : traceparent,
  };
}
