import type { ReceivedEvent } from './event.ts';

/**
 * Carries events from a publisher's outbox to a consumer. It promises little: within a partition events come in the order of their positions and
 * none is left out after the position that was given; any may come again. The rest, taking effect once and keeping the position, is the consumer's.
 */
export interface Courier extends AsyncDisposable {
  readonly name: CourierName;
  /**
   * Events of the partitions after the positions, and what happens from then on, until the signal fires. Throws when it cannot go on (the publisher
   * or the broker is away): the consumer opens it again, from the positions it has kept.
   *
   * @throws AppError OUT_OF_RANGE, POSITION_EXPIRED: events after a position are no longer kept.
   */
  open(subscription: Subscription): AsyncIterable<Delivery>;
  /** Where a publisher's log begins by now: what follows the position is still kept. Throws when the publisher is away. */
  oldestPosition(source: string, signal: AbortSignal): Promise<bigint>;
  /** Ends what it keeps open. Idempotent. */
  close(): Promise<void>;
}

/** The couriers there are; one setting of a deployment chooses. */
export const COURIER_NAMES = ['feed', 'nats', 'rabbitmq'] as const;

/** What carries events. */
export type CourierName = (typeof COURIER_NAMES)[number];

/** What a consumer's member wants to be brought. */
export interface Subscription {
  readonly consumer: string;
  /** The publishing process. */
  readonly source: string;
  /** What it has handlers for; other types may come as well. */
  readonly types: readonly string[];
  /** The member's partitions, and the last position that was handled in each. */
  readonly after: ReadonlyMap<number, bigint>;
  /** At most so many events are under way that were not said to be handled. */
  readonly window: number;
  readonly signal: AbortSignal;
}

/** Some events. */
export interface Delivery {
  /** Each partition's in order. Their data is JSON text. */
  readonly events: readonly CarriedEvent[];
  /** Per partition: there is nothing else up to here. Undefined: no more is known than the events say. */
  readonly through: ReadonlyMap<number, bigint> | undefined;
  /** The effects of all of them are committed. */
  handled(): void;
}

/** An event on its way: its data is not read yet. */
export interface CarriedEvent extends Omit<ReceivedEvent, 'data'> {
  readonly partition: number;
  /** JSON text. */
  readonly data: string;
}
