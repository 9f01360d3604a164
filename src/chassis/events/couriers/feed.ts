import type { EventServiceDefinition } from '../../../../gen/tradewind/events/v1/event_service.ts';
import type { Event, SubscribeRequest, SubscribeResponse } from '../../../../gen/tradewind/events/v1/event_service.ts';
import type { ChassisClient } from '../../client/index.ts';
import { AppError, systemClock, type Clock } from '../../core/index.ts';
import type { CarriedEvent, Courier, Subscription } from '../courier.ts';
import { partitionOf } from '../partition.ts';
import { createArrivals, type Arrivals } from './arrivals.ts';
import { oldestPositionOf } from './oldest-position.ts';
import { createRequestQueue } from './request-queue.ts';

/** A client of a publisher's EventService. */
export type EventServiceClient = ChassisClient<typeof EventServiceDefinition>;

/** What the feed is made of. */
export interface FeedCourierOptions {
  /** A client of a publisher, found through the registry; closed by whoever made it. */
  readonly client: (source: string) => EventServiceClient;
  readonly clock?: Clock;
}

/** A deadline far away: a subscription is open for as long as its consumer. Half a day, in milliseconds; then it is opened again. */
const SUBSCRIPTION_MS = 12 * 60 * 60_000;

/**
 * A publisher says something every half a second, while it may. One that does not for so long, in milliseconds, has gone without a word or stands
 * still: connections find that out too, but only after 25 seconds.
 */
const SILENT_MS = 2_000;

/**
 * The courier that needs nothing: consumers read the publisher's outbox over a gRPC stream each. What came while the consumer was at what came before is
 * one delivery, so the busier it is the fewer transactions it takes; the subscription's window bounds how much that is.
 */
export function createFeedCourier({ client, clock = systemClock }: FeedCourierOptions): Courier {
  async function* open({ consumer, source, types, after, window, signal }: Subscription) {
    const requests = createRequestQueue<SubscribeRequest>();
    const positions = [...after].map(([partition, position]) => ({ partition, position }));
    const start = { consumer, after: positions, types: [...types], window };
    requests.push({ kind: { $case: 'start', value: start } });
    const subscribe = (until: AbortSignal) =>
      client(source).subscribe(requests, { signal: until, timeoutMs: SUBSCRIPTION_MS });
    const ending = new AbortController();
    const either = AbortSignal.any([signal, ending.signal]);
    const arrivals = createArrivals<SubscribeResponse>(clock);
    const arriving = pass(unlessSilent(subscribe, { source, signal: either, clock }), arrivals);
    try {
      for (;;) {
        const responses = await arrivals.take(signal);
        const latest = responses.at(-1);
        if (latest === undefined) return;
        const events = responses.flatMap((response) => response.events);
        yield {
          events: events.map((event) => toCarried(event, source)),
          through: new Map([...after.keys()].map((partition) => [partition, latest.throughPosition])),
          handled() {
            const last = events.at(-1);
            if (last !== undefined) requests.push({ kind: { $case: 'ack', value: { position: last.position } } });
          },
        };
      }
    } finally {
      ending.abort();
      requests.end();
      await arriving;
    }
  }
  const close = async () => {};
  return {
    ...{ name: 'feed', open, close, [Symbol.asyncDispose]: close },
    oldestPosition: (source, signal) => oldestPositionOf(client(source), signal),
  };
}

/** Passes on all that a stream brings, and how it ended. */
async function pass<Message>(stream: AsyncIterable<Message>, arrivals: Arrivals<Message>): Promise<void> {
  try {
    for await (const message of stream) arrivals.push(message);
    arrivals.end();
  } catch (error) {
    arrivals.fail(error);
  }
}

/** What a stream brings. Throws UNAVAILABLE (FEED_SILENT) where it brings nothing for too long while somebody waits for it. */
async function* unlessSilent<Message>(
  open: (signal: AbortSignal) => AsyncIterable<Message>,
  { source, signal, clock }: { readonly source: string; readonly signal: AbortSignal; readonly clock: Clock },
): AsyncGenerator<Message> {
  const silent = new AbortController();
  const listen = () => clock.setTimer(SILENT_MS, () => silent.abort());
  let timer = listen();
  try {
    for await (const message of open(AbortSignal.any([signal, silent.signal]))) {
      timer.cancel();
      yield message;
      timer = listen();
    }
  } catch (error) {
    if (!silent.signal.aborted || signal.aborted) throw error;
    const message = `${source} has said nothing of its events for ${SILENT_MS} ms`;
    throw new AppError({ status: 'UNAVAILABLE', reason: 'FEED_SILENT', message, cause: error });
  } finally {
    timer.cancel();
  }
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
