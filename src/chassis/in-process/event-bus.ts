import {
  AppError,
  createEmitter,
  newId as systemNewId,
  systemClock,
  systemRandom,
  type Clock,
  type NewId,
  type Random,
} from '../core/index.ts';
import type { ReceivedEvent } from '../events/index.ts';
import type { InProcessWork } from './in-process-work.ts';
import { currentOrigin } from './origin.ts';
import { createSubscription, type OwnedSubscription, type Subscriber, type Subscription } from './subscription.ts';
import type { WorkEvents } from './work-events.ts';

/** What happened, as it is told to a bus. */
export interface BusEvent<EventMap extends object, Type extends keyof EventMap & string> {
  readonly type: Type;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly data: EventMap[Type];
  /** The aggregate's version after the change. Default: the event's position, which rises too, with gaps. */
  readonly sequence?: bigint;
}

/**
 * Tells the parts of one process of what happened, in memory: an event is lost with the process. `EventMap` pairs types of event with their
 * data. What must not be lost goes to the outbox, in the transaction of the change.
 */
export interface EventBus<EventMap extends object> extends InProcessWork {
  /** Tells it of what is published from here on. Throws Error where the name is taken, RangeError for limits that make no sense. */
  subscribe(subscriber: Subscriber<EventMap>): Subscription;
  /**
   * Resolves when every subscriber has taken the event, not when it is handled. Whose queue is full holds it up where its `whenFull` is
   * `wait`, and only there. Rejects with AppError QUEUE_FULL or QUEUE_CLOSED, metadata `subscribers`, where some did not take it: it is
   * their dead letter, and the others have it, so it is not to be published again.
   */
  publish<Type extends keyof EventMap & string>(
    event: BusEvent<EventMap, Type>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>;
}

/** What a bus is made of; `source` names the process in its events. */
export interface EventBusOptions {
  readonly source: string;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly newId?: NewId;
}

/** A bus without subscribers. Closed by who made it, after the last publisher. */
export function createEventBus<EventMap extends object>(options: EventBusOptions): EventBus<EventMap> {
  const { source, clock = systemClock, random = systemRandom, newId = systemNewId } = options;
  const events = createEmitter<WorkEvents>();
  const subscriptions = new Map<string, OwnedSubscription>();
  let position = 0n;
  let isClosed = false;

  const open = () => [...subscriptions.values()];
  const receive = ({ sequence, ...event }: BusEvent<EventMap, keyof EventMap & string>): ReceivedEvent => {
    position += 1n;
    const { traceparent } = currentOrigin();
    const time = new Date(clock.now());
    return { ...event, id: newId(), source, sequence: sequence ?? position, position, time, traceparent };
  };

  const close: EventBus<EventMap>['close'] = async (closeOptions) => {
    isClosed = true;
    const reports = await Promise.all(open().map((one) => one.close(closeOptions)));
    return {
      ended: reports.reduce((sum, { ended }) => sum + ended, 0),
      left: reports.flatMap(({ left }) => left),
    };
  };

  return {
    events,
    subscribe(subscriber) {
      const { name } = subscriber;
      if (subscriptions.has(name)) throw new Error(`the bus has a subscriber "${name}"`);
      const subscription = createSubscription(subscriber, { clock, random, events });
      subscriptions.set(name, subscription);
      const leave: Subscription['close'] = (closeOptions) => {
        if (!isClosed) subscriptions.delete(name);
        return subscription.close(closeOptions);
      };
      return {
        ...subscription,
        close: leave,
        async [Symbol.asyncDispose]() {
          await leave();
        },
      };
    },
    async publish(event, { signal } = {}) {
      const concerned = open().filter((one) => one.handles(event.type));
      if (concerned.length === 0) return;
      const received = receive(event);
      const taken = await Promise.allSettled(concerned.map((one) => one.take(received, signal)));
      const refusals = taken.flatMap((one, index) =>
        one.status === 'rejected' ? [{ name: concerned[index]!.name, error: one.reason as unknown }] : [],
      );
      if (refusals.length > 0) throw notTaken(received.type, refusals);
    },
    status: () => open().flatMap((one) => one.status()),
    backlogs: () => open().flatMap((one) => one.backlogs()),
    close,
    async [Symbol.asyncDispose]() {
      await close();
    },
  };
}

function notTaken(type: string, refusals: readonly { readonly name: string; readonly error: unknown }[]): unknown {
  const [first] = refusals;
  if (!(first?.error instanceof AppError)) return first?.error; // the publisher's own signal
  const { status, reason } = first.error;
  const subscribers = refusals.map(({ name }) => name).join(', ');
  return new AppError({
    ...{ status, reason },
    message: `${type} was not taken by ${subscribers}: ${first.error.message}`,
    metadata: { subscribers },
    isRetried: true,
    cause: first.error,
  });
}
