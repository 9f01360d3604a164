import type { Clock } from '../../../core/index.ts';
import type { CloudEventBinding } from '../../cloud-event-headers.ts';
import type { CarriedEvent } from '../../courier.ts';
import type { OutboxTail } from '../../outbox-tail.ts';
import type { OutboxEvent } from '../../read-events.ts';
import type { BrokerConnection } from './broker.ts';
import type { Flight } from './flight.ts';
import { createMarkers, type Marker } from './markers.ts';
import { bytesOf, writeMessage } from './message.ts';
import type { Reached } from './relay-claim.ts';

/** What an outbox is published with. */
export interface PublishOptions {
  readonly source: string;
  readonly tail: Pick<OutboxTail, 'next'>;
  readonly binding: CloudEventBinding;
  readonly connection: Pick<BrokerConnection, 'publish' | 'maxMessageBytes'>;
  readonly flight: Flight;
  readonly onSent: (sent: { readonly events: number; readonly through: bigint }) => void;
  /** An event was too large for the broker. */
  readonly onLeftOut: (event: {
    readonly eventId: string;
    readonly type: string;
    readonly bytes: number;
    readonly maxBytes: number;
  }) => void;
  readonly from: Reached;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Between two looks at whether a quiet partition is to be told of, in milliseconds. */
const LOOK_MS = 1_000;

/**
 * Hands what follows a position to the broker, without end, at most as much unconfirmed as the flight takes. In place of an event that is too large
 * for the broker goes a marker: consumers read it from the publisher, as they do what a broker has lost.
 */
export async function publishOutbox(options: PublishOptions): Promise<void> {
  const { source, tail, connection, flight, onSent, onLeftOut, from, clock, signal } = options;
  const { maxMessageBytes: maxBytes } = connection;
  const markers = createMarkers(from.positions, clock);
  const positions = new Map(from.positions);
  let { through } = from;

  const publish = (event: OutboxEvent): Promise<void> => {
    const previous = positions.get(event.partition) ?? 0n;
    positions.set(event.partition, event.position);
    markers.sent(event.partition, event.position);
    const message = writeMessage({ kind: 'event', event: toCarried(event, source), previous }, options);
    const bytes = bytesOf(message);
    if (bytes <= maxBytes) return connection.publish(message);
    onLeftOut({ eventId: event.eventId, type: event.type, bytes, maxBytes });
    return mark(event, event.position);
  };
  const mark = ({ partition, position }: Marker, reached: bigint) =>
    connection.publish(writeMessage({ kind: 'marker', partition, position, through: reached }, options));

  for (;;) {
    await flight.hasRoom(signal);
    const sent = markers.due().map((marker) => mark(marker, through));
    if (sent.length > 0) {
      flight.sent({ events: 0, reached: { through, positions: new Map(positions) }, confirmed: Promise.all(sent) });
    }
    const next = await tail.next(through, { timeoutMs: LOOK_MS, signal });
    if (next.events.length === 0) continue;
    through = next.through;
    const confirmed = Promise.all(next.events.map(publish));
    flight.sent({ events: next.events.length, reached: { through, positions: new Map(positions) }, confirmed });
    onSent({ events: next.events.length, through });
  }
}

function toCarried(event: OutboxEvent, source: string): CarriedEvent {
  const { position, partition, type, aggregateType, aggregateId, sequence, data } = event;
  return {
    ...{ source, position, partition, type, aggregateType, aggregateId, sequence, data },
    id: event.eventId,
    time: event.eventTime,
    traceparent: event.traceParent,
  };
}
