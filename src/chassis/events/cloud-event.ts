import { invalidArgument } from '../core/index.ts';
import type { CarriedEvent } from './courier.ts';
import { partitionOf } from './partition.ts';
import { parsePosition } from './position.ts';

/**
 * The attributes of an event by CloudEvents 1.0.2, all text, as every binding wants them; its data goes beside. What each says is in
 * docs/events.md. Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md and the extensions sequence,
 * partitioning and distributed-tracing.
 */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  /** "/tradewind/order". With the id it is unique. */
  readonly source: string;
  /** "tradewind.order.confirmed.v1": the type, with the version of the contract that declares it. */
  readonly type: string;
  /** The aggregate: "order/0199...". */
  readonly subject: string;
  /** RFC 3339, UTC, with milliseconds. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** "proto:tradewind.order.v1.OrderConfirmed"; absent for a type that no contract declares. */
  readonly dataschema?: string;
  /** The aggregate's version, in 19 digits: the extension wants texts that sort as the numbers do. */
  readonly sequence: string;
  /** Our own extension: the place among all events of the source, in 19 digits. */
  readonly position: string;
  /** What has to stay in order: the same as the subject. */
  readonly partitionkey: string;
  /** W3C trace context of what caused it. */
  readonly traceparent?: string;
}

const SOURCE = '/tradewind/';
const TYPE = 'tradewind.';
/** `dataschema` is a URI: a message's name alone has no scheme, and strict receivers refuse it. */
const SCHEMA = 'proto:';
const DEFAULT_VERSION = 'v1';
/** Of the highest bigint that PostgreSQL holds. */
const DIGITS = 19;
/** As events are given them: in another spelling it would be another text, and the same id to the database. */
const ID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
/** Years that both JavaScript and PostgreSQL write in four digits. */
const YEARS = { first: 1, last: 9999 };

/** The attributes of an event; `schema`: the full name of the message of its data, which names the version as well. */
export function cloudEventOf(event: Omit<CarriedEvent, 'data' | 'partition'>, schema?: string): CloudEvent {
  const subject = `${event.aggregateType}/${event.aggregateId}`;
  const version = schema?.split('.').at(-2) ?? DEFAULT_VERSION; // "v1" of "tradewind.order.v1.OrderConfirmed"
  return {
    specversion: '1.0',
    id: event.id,
    source: `${SOURCE}${event.source}`,
    type: `${TYPE}${event.type}.${version}`,
    subject,
    time: event.time.toISOString(),
    datacontenttype: 'application/json',
    ...(schema !== undefined && { dataschema: `${SCHEMA}${schema}` }),
    sequence: padded(event.sequence),
    position: padded(event.position),
    partitionkey: subject,
    ...(event.traceparent !== undefined && { traceparent: event.traceparent }),
  };
}

/**
 * The event that has these attributes; others are passed over, as the specification wants. `data` is JSON text. What it gives can be kept in a
 * database, whoever has written the attributes.
 *
 * @throws AppError INVALID_ARGUMENT, reason CLOUD_EVENT_INVALID, naming the attribute that is missing or not one of ours.
 */
export function eventOfCloudEvent(attributes: Readonly<Record<string, unknown>>, data: string): CarriedEvent {
  const read = (name: keyof CloudEvent, pattern: RegExp): readonly string[] => {
    const value = attributes[name];
    const match = typeof value === 'string' && isKeepable(value) ? pattern.exec(value) : null;
    if (match === null) throw invalid(name, value);
    return match;
  };
  const first = (name: keyof CloudEvent, pattern: RegExp): string => read(name, pattern)[1] ?? '';
  const number = (name: keyof CloudEvent): bigint => {
    const value = parsePosition(first(name, /^(\d+)$/));
    if (value === undefined) throw invalid(name, attributes[name]);
    return value;
  };
  read('specversion', /^1\.0$/);
  const contentType = attributes['datacontenttype'] ?? 'application/json';
  if (contentType !== 'application/json') throw invalid('datacontenttype', contentType);
  const [, aggregateType = '', aggregateId = ''] = read('subject', /^([^/]+)\/(.+)$/s);
  const time = new Date(first('time', /^(\d{4}-\d\d-\d\dT.+)$/));
  const year = time.getUTCFullYear(); // NaN of what is no time
  if (!(year >= YEARS.first && year <= YEARS.last)) throw invalid('time', attributes['time']);
  return {
    id: first('id', ID),
    source: first('source', /^\/tradewind\/([^/]+)$/),
    type: first('type', /^tradewind\.(.+)\.v\d[a-z0-9]*$/),
    aggregateType,
    aggregateId,
    partition: partitionOf(aggregateType, aggregateId),
    sequence: number('sequence'),
    position: number('position'),
    time,
    data,
    traceparent: attributes['traceparent'] === undefined ? undefined : first('traceparent', /^([\x21-\x7e]+)$/),
  };
}

/** PostgreSQL's text has neither NUL nor halves of a character. */
function isKeepable(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}

function padded(number: bigint): string {
  return number.toString().padStart(DIGITS, '0');
}

function invalid(attribute: string, value: unknown) {
  const description = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}, which no event of ours has`;
  return invalidArgument([{ field: attribute, description }], 'CLOUD_EVENT_INVALID');
}
