import { invalidArgument } from '../core/index.ts';
import { cloudEventOf, eventOfCloudEvent } from './cloud-event.ts';
import type { CarriedEvent } from './courier.ts';

/** How a broker's messages carry the attributes of an event in binary mode: the message's body is the data alone. */
export interface CloudEventBinding {
  /** Before each attribute's name. */
  readonly prefix: string;
  /** Attributes that the broker's message has a place of its own for. */
  readonly elsewhere: readonly string[];
  write(value: string): string;
  /** Throws where the text is not what `write` gives, nor a looser form that the binding allows. */
  read(value: string): string;
}

/** Characters that a header cannot have as they are. Source: the NATS binding, section 3.1.3.2. */
const ENCODED = /[^\x21\x23\x24\x26-\x7e]+/gu;

/** Headers of NATS: "ce-id". Source: the binding's version 1.0.3, because 1.0.2 is from before NATS had headers. */
export const NATS_BINDING: CloudEventBinding = {
  prefix: 'ce-',
  elsewhere: [],
  write: (value) => value.replace(ENCODED, (text) => encodeURIComponent(text)),
  read: (value) => decodeURIComponent(value),
};

/**
 * Headers of AMQP 0-9-1, as RabbitMQ maps AMQP 1.0's application properties: "cloudEvents:id"; the message's `content-type` is
 * `datacontenttype`, and the sender sets it. Source: the AMQP binding, version 1.0.2.
 */
export const AMQP_BINDING: CloudEventBinding = {
  prefix: 'cloudEvents:',
  elsewhere: ['datacontenttype'],
  write: (value) => value,
  read: (value) => value,
};

/** The headers of a message whose body is the event's data. */
export function toCloudEventHeaders(
  event: Omit<CarriedEvent, 'data' | 'partition'>,
  options: { readonly binding: CloudEventBinding; readonly schema?: string | undefined },
): Readonly<Record<string, string>> {
  const { prefix, elsewhere, write } = options.binding;
  const attributes = Object.entries(cloudEventOf(event, options.schema)).filter(([name]) => !elsewhere.includes(name));
  return Object.fromEntries(attributes.map(([name, value]) => [`${prefix}${name}`, write(String(value))]));
}

/**
 * The event of a message; headers without the binding's prefix are somebody else's. `data`: the message's body, JSON text.
 *
 * @throws AppError INVALID_ARGUMENT, reason CLOUD_EVENT_INVALID, naming the attribute that is missing, unreadable or not one of ours.
 */
export function fromCloudEventHeaders(
  headers: Readonly<Record<string, unknown>>,
  data: string,
  { prefix, read }: CloudEventBinding,
): CarriedEvent {
  const attributes: Record<string, unknown> = {};
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(prefix)) continue;
    const name = header.slice(prefix.length);
    attributes[name] = typeof value === 'string' ? readOr(name, value, read) : value;
  }
  return eventOfCloudEvent(attributes, data);
}

function readOr(name: string, value: string, read: (value: string) => string): string {
  try {
    return read(value);
  } catch {
    const description = `${JSON.stringify(value)} is not percent-encoded UTF-8`;
    throw invalidArgument([{ field: name, description }], 'CLOUD_EVENT_INVALID');
  }
}
