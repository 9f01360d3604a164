import { createEmitter, newId, systemClock, type Clock } from '../../../src/chassis/core/index.ts';
import {
  createBrokerCourier,
  createBrokerLink,
  createOutboxTail,
  createRelay,
  type BrokerAdapter,
  type BrokerEvents,
  type Courier,
} from '../../../src/chassis/events/index.ts';
import type { TestPublisher } from './event-publisher.ts';

/** Everything that couriers over a broker told, by kind. */
export type ToldOfBroker = { readonly [Kind in keyof BrokerEvents]: BrokerEvents[Kind][] };

/** A replica of a publisher that relays, until it is stopped. */
export interface RunningRelay extends AsyncDisposable {
  readonly told: ToldOfBroker;
  stop(): Promise<void>;
}

/** Runs a relay of a publisher's outbox, over a connection of its own. */
export function runRelay(options: {
  readonly publisher: TestPublisher;
  readonly source: string;
  readonly adapter: BrokerAdapter;
  /** Default: the machine's. */
  readonly clock?: Clock;
}): RunningRelay {
  const { publisher, source, adapter, clock = systemClock } = options;
  const { database } = publisher;
  const events = createEmitter<BrokerEvents>();
  const told = listen(events);
  const link = createBrokerLink(adapter, events, clock);
  const tail = createOutboxTail({ database, clock: systemClock });
  const relay = createRelay({ source, owner: newId(), database, tail, link, events, clock });
  const stopping = new AbortController();
  const ended = Promise.all([relay.run(stopping.signal), tail.run(stopping.signal)]);
  const stop = async () => {
    stopping.abort();
    await ended;
    await link.close();
  };
  return { told, stop, [Symbol.asyncDispose]: stop };
}

/** The consuming side, over a connection of its own. */
export function openBrokerCourier(options: { readonly publisher: TestPublisher; readonly adapter: BrokerAdapter }): {
  readonly courier: Courier;
  readonly told: ToldOfBroker;
} {
  const { publisher, adapter } = options;
  const events = createEmitter<BrokerEvents>();
  const told = listen(events);
  const link = createBrokerLink(adapter, events);
  return { courier: createBrokerCourier({ link, client: () => publisher.client(), events }), told };
}

function listen(events: ReturnType<typeof createEmitter<BrokerEvents>>): ToldOfBroker {
  const told: ToldOfBroker = {
    connected: [],
    disconnected: [],
    blocked: [],
    unblocked: [],
    relaying: [],
    sent: [],
    published: [],
    leftOut: [],
    moved: [],
    confirmFailed: [],
    gapFilled: [],
    duplicate: [],
    unreadable: [],
  };
  for (const kind of Object.keys(told) as (keyof BrokerEvents)[]) {
    events.on(kind, (event) => told[kind].push(event as never)); // the list is of this kind
  }
  return told;
}
