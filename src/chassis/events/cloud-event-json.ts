import { invalidArgument } from '../core/index.ts';
import { cloudEventOf, eventOfCloudEvent } from './cloud-event.ts';
import type { CarriedEvent } from './courier.ts';

/** The media type of an event in structured mode. */
export const CLOUD_EVENT_JSON = 'application/cloudevents+json';

/**
 * An event in structured mode: one JSON object with its attributes and its data. The data's text is taken as it is, neither read nor written
 * anew. Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function toCloudEventJson({ data, ...event }: CarriedEvent, schema?: string): string {
  const attributes = JSON.stringify(cloudEventOf(event, schema));
  return `${attributes.slice(0, -1)},"data":${data}}`;
}

/**
 * Reads an event in structured mode; its data is JSON of the same value, perhaps in other words.
 *
 * @throws AppError INVALID_ARGUMENT, reason CLOUD_EVENT_INVALID: it is no JSON object, has no data, or is no event of ours.
 */
export function fromCloudEventJson(text: string): CarriedEvent {
  const object = parsed(text);
  if (object?.['data'] === undefined) {
    const description = object === undefined ? 'is not a JSON object' : 'has no data';
    throw invalidArgument([{ field: 'data', description: `the event ${description}` }], 'CLOUD_EVENT_INVALID');
  }
  const { data, ...attributes } = object;
  return eventOfCloudEvent(attributes, JSON.stringify(data));
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // what is wrong with it is said by who asked
  }
}
