import { AppError } from '../../../core/index.ts';
import { fromCloudEventHeaders, toCloudEventHeaders, type CloudEventBinding } from '../../cloud-event-headers.ts';
import type { CarriedEvent } from '../../courier.ts';
import { PARTITIONS } from '../../partition.ts';
import { parsePosition } from '../../position.ts';
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

/** Whose messages these are, and how the broker carries them. */
export interface MessageOptions {
  readonly source: string;
  readonly binding: CloudEventBinding;
}

/** Writes a message of a publisher, an event as the broker's binding of CloudEvents wants it. */
export function writeMessage(message: BrokerMessage, { source, binding }: MessageOptions): OutgoingMessage {
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
 * Reads a message of a publisher.
 *
 * @throws AppError INVALID_ARGUMENT (CLOUD_EVENT_INVALID) or DATA_LOSS (MESSAGE_UNREADABLE): no relay of this publisher has sent it.
 */
export function readMessage({ headers, data }: WireMessage, { source, binding }: MessageOptions): BrokerMessage {
  if (headers[HEADERS.markerPosition] !== undefined) {
    const partition = Number(positionOf(headers, HEADERS.markerPartition));
    if (partition >= PARTITIONS) throw unreadable(headers, HEADERS.markerPartition);
    const position = positionOf(headers, HEADERS.markerPosition);
    const isOlder = headers[HEADERS.markerThrough] === undefined; // its relay says nothing of that
    const through = isOlder ? position : positionOf(headers, HEADERS.markerThrough);
    if (through < position) throw unreadable(headers, HEADERS.markerThrough);
    return { kind: 'marker', partition, position, through };
  }
  const previous = positionOf(headers, HEADERS.previous);
  const event = fromCloudEventHeaders(headers, data, binding);
  if (previous >= event.position) throw unreadable(headers, HEADERS.previous);
  if (event.source !== source) throw unreadable(headers, `${binding.prefix}source`);
  return { kind: 'event', event, previous };
}

function positionOf(headers: WireMessage['headers'], name: string): bigint {
  const position = parsePosition(headers[name] ?? '');
  if (position === undefined) throw unreadable(headers, name);
  return position;
}

function unreadable(headers: WireMessage['headers'], name: string): AppError {
  return new AppError({
    status: 'DATA_LOSS',
    reason: 'MESSAGE_UNREADABLE',
    message: `${name} is ${JSON.stringify(headers[name])}, which no relay of this publisher has written`,
  });
}
