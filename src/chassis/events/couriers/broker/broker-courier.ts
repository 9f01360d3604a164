import { raceAbort, systemClock, type Clock, type Emitter } from '../../../core/index.ts';
import type { Courier, Subscription } from '../../courier.ts';
import { PARTITIONS } from '../../partition.ts';
import { createArrivals } from '../arrivals.ts';
import type { EventServiceClient } from '../feed.ts';
import { oldestPositionOf } from '../oldest-position.ts';
import type { BrokerArrival } from './broker.ts';
import type { BrokerEvents } from './broker-events.ts';
import { confirmPosition } from './confirm-position.ts';
import type { BrokerLink } from './link.ts';
import { readGap } from './read-gap.ts';
import { inSequence } from './sequence.ts';

/** What a courier over a broker is made of. */
export interface BrokerCourierOptions {
  /** Closed with the courier. */
  readonly link: BrokerLink;
  /** A client of a publisher, for what the broker does not bring; closed by whoever made it. */
  readonly client: (source: string) => EventServiceClient;
  readonly events: Emitter<BrokerEvents>;
  readonly clock?: Pick<Clock, 'setTimer'>;
}

/** The consuming side of a courier over a broker. The publishing side is createRelay. */
export function createBrokerCourier({ link, client, events, clock = systemClock }: BrokerCourierOptions): Courier {
  async function* open(subscription: Subscription) {
    const { consumer, source, after, window } = subscription;
    const names = { courier: link.name, source, consumer };
    const connection = await raceAbort(link.connection(), subscription.signal);
    await raceAbort(connection.prepare(source), subscription.signal);
    const ending = new AbortController();
    const signal = AbortSignal.any([subscription.signal, ending.signal]);
    const arrivals = createArrivals<BrokerArrival>(clock);
    const fail = () => arrivals.fail(connection.lost.reason);
    connection.lost.addEventListener('abort', fail, { once: true });
    if (connection.lost.aborted) fail();
    const share = Math.max(1, Math.floor(window / PARTITIONS));
    const deliver = arrivals.push;
    const consuming = [...after.keys()].map((partition) =>
      connection
        .consume({
          ...{ consumer, source, partition, window: share, deliver, signal },
          begins: () => arrivals.push({ begins: partition }),
        })
        .catch((error: unknown) => arrivals.fail(error)),
    );
    try {
      const read = (gap: Omit<Parameters<typeof readGap>[1], 'source'>) => readGap(client(source), { ...gap, source });
      yield* inSequence({
        names,
        binding: link.binding,
        arrivals,
        read,
        confirm: (position) => confirmPosition(client(source), position, signal),
        events,
        subscription: { ...subscription, signal },
      });
    } finally {
      ending.abort();
      connection.lost.removeEventListener('abort', fail);
      await Promise.all(consuming);
    }
  }
  const close = () => link.close();
  return {
    ...{ name: link.name, open, close, [Symbol.asyncDispose]: close },
    oldestPosition: (source, signal) => oldestPositionOf(client(source), signal),
  };
}
