import { AppError } from '../../../core/index.ts';
import { fromCloudEventHeaders, toCloudEventHeaders, type CloudEventBinding } from '../../cloud-event-headers.ts';
import type { CarriedEvent } from '../../courier.ts';
import type { OutgoingMessage, WireMessage } from './broker.ts';

/** What a relay says of one partition of its publisher's log. */
export type BrokerMessage =
  | {
      readonly kind: 'event';
      readonly event: CarriedEvent;
      /** There is no event of the partition between this position and the event's. */
      readonly previous: bigint;
    }
  | {
      readonly kind: 'marker';
      readonly partition: number;
      /** The partition's last event: whoever has less has missed something. */
      readonly position: bigint;
      /** So far was looked, and no later one found. */
      readonly through: bigint;
    };

/** Headers beside those of CloudEvents: they say something of the log, not of the event. */
const HEADERS = {
  previous: 'tradewind-previous',
  markerPartition: 'tradewind-marker-partition',
  markerPosition: 'tradewind-marker-position',
  markerThrough: 'tradewind-marker-through',
} as const;

/** Writes a message of a publisher, an event as the broker's binding of CloudEvents wants it. */
export function writeMessage(
  message: BrokerMessage,
  { source, binding }: { readonly source: string; readonly binding: CloudEventBinding },
): OutgoingMessage {
  if (message.kind === 'marker') {
    const { partition, position, through } = message;
    const headers = {
      [HEADERS.markerPartition]: String(partition),
      [HEADERS.markerPosition]: String(position),
      [HEADERS.markerThrough]: String(through),
    };
    return { source, partition, id: undefined, headers, data: '' };
  }
  const { event, previous } = message;
  const headers = { ...toCloudEventHeaders(event, { binding }), [HEADERS.previous]: String(previous) };
  return { source, partition: event.partition, id: event.id, headers, data: event.data };
}

/** What an adapter and its broker add to a message, at most, in bytes: the event's id once more, and what stands between headers. */
const FRAME_BYTES = 512;

/** How large a message is on its way, in bytes, rounded up. */
export function bytesOf({ headers, data }: WireMessage): number {
  const ofHeaders = Object.entries(headers).map(([name, value]) => Buffer.byteLength(name) + Buffer.byteLength(value));
  return ofHeaders.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(data) + FRAME_BYTES);
}

/**
 * Reads a message.
 *
 * @throws AppError INVALID_ARGUMENT (CLOUD_EVENT_INVALID) or DATA_LOSS (MESSAGE_UNREADABLE): no relay has sent it.
 */
export function readMessage({ headers, data }: WireMessage, binding: CloudEventBinding): BrokerMessage {
  if (headers[HEADERS.markerPosition] !== undefined) {
    const partition = Number(numberOf(headers, HEADERS.markerPartition));
    const position = numberOf(headers, HEADERS.markerPosition);
    const isOlder = headers[HEADERS.markerThrough] === undefined; // its relay says nothing of that
    const through = isOlder ? position : numberOf(headers, HEADERS.markerThrough);
    return { kind: 'marker', partition, position, through };
  }
  const previous = numberOf(headers, HEADERS.previous);
  return { kind: 'event', event: fromCloudEventHeaders(headers, data, binding), previous };
}

function numberOf(headers: WireMessage['headers'], name: string): bigint {
  const text = headers[name] ?? '';
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  throw new AppError({
    status: 'DATA_LOSS',
    reason: 'MESSAGE_UNREADABLE',
    message: `${name} is ${JSON.stringify(text)}, which no relay has written`,
  });
}
