import type { CloudEventBinding } from '../../cloud-event-headers.ts';
import type { CourierName } from '../../courier.ts';

/** The couriers that are brokers. */
export type BrokerName = Exclude<CourierName, 'feed'>;

/**
 * A message broker as couriers use it. It may deliver twice, in any order, and lose whatever it was given: what makes couriers of it
 * (relay, sequencing) stands above, once for all brokers. So an adapter is connecting, publishing and consuming, and nothing else; it neither
 * reconnects nor tries again, because whoever uses it does.
 */
export interface BrokerAdapter {
  readonly name: BrokerName;
  /** How its messages carry the attributes of an event. */
  readonly binding: CloudEventBinding;
  /** Opens a connection. Rejects when the broker is away, within seconds. */
  connect(signal: AbortSignal, flow?: BrokerFlow): Promise<BrokerConnection>;
}

/** Is told whether the broker of a connection takes messages. */
export interface BrokerFlow {
  /** The broker takes none for the time being, with its own words why; undefined: it does again. */
  changed(blocked: string | undefined): void;
}

/** A connection, until it breaks. */
export interface BrokerConnection {
  /** Fires once when it is gone, with why as its reason; also after close(). */
  readonly lost: AbortSignal;
  /** The broker takes no larger message, headers included, in bytes. */
  readonly maxMessageBytes: number;
  /** Makes what keeps a publisher's messages, where it is not there: the broker may have lost it. Idempotent. */
  prepare(source: string): Promise<void>;
  /**
   * Sends a message, and resolves once the broker has confirmed that it keeps it. Messages go out in the order of the calls, without waiting for each
   * other. Rejects when the broker refuses, or the connection breaks; a broker that says nothing is left waiting for, the relay has its own patience.
   */
  publish(message: OutgoingMessage): Promise<void>;
  /**
   * Has the messages of one partition delivered, beginning with those that were never acknowledged, until the signal fires; then gives back what is
   * not acknowledged, to be delivered to others at once, and resolves. Rejects when it cannot go on. `prepare` was called for the source.
   */
  consume(consumption: Consumption): Promise<void>;
  /** Ends it, within a second or so also where the broker is silent. Idempotent. */
  close(): Promise<void>;
}

/** A message as it travels: CloudEvents attributes as headers, and JSON. */
export interface WireMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly data: string;
}

/** A message to be published. */
export interface OutgoingMessage extends WireMessage {
  readonly source: string;
  readonly partition: number;
  /** The event's, by which a broker may leave out what it has already; a marker has none. */
  readonly id: string | undefined;
}

/** A message that came. */
export interface IncomingMessage extends WireMessage {
  /** It need not come again. Never throws: on a connection that is gone it does nothing, and the message comes again. */
  acknowledge(): void;
}

/** A partition of which the broker keeps messages only from now on. */
export interface Beginning {
  readonly begins: number;
}

/** What comes of a broker; its window bounds how much waits to be taken. */
export type BrokerArrival = IncomingMessage | Beginning;

/** What is to be delivered, and to whom. */
export interface Consumption {
  readonly consumer: string;
  readonly source: string;
  readonly partition: number;
  /** At most so many messages are under way that were not acknowledged. */
  readonly window: number;
  deliver(message: IncomingMessage): void;
  /** The broker keeps messages for this consumer only from now on: what was published before has to come from the publisher. */
  begins(): void;
  readonly signal: AbortSignal;
}
