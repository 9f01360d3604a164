import type { Queryable } from '../store/index.ts';

/**
 * What happened, as a consumer gets it. The attributes are CloudEvents' (specification 1.0.2): `id`, `source`, `type`, `time`, `data`; its
 * `subject` is the aggregate.
 */
export interface ReceivedEvent<Data = unknown> {
  /** The same however often the event is delivered, and by whom. */
  readonly id: string;
  /** The process that told of it: "order". */
  readonly source: string;
  /** "order.confirmed". */
  readonly type: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  /** The aggregate's version after the change: counts its events from 1. */
  readonly sequence: bigint;
  /** Its place among all events of the source. */
  readonly position: bigint;
  readonly time: Date;
  readonly data: Data;
  /** The W3C trace context of what caused it. */
  readonly traceparent: string | undefined;
}

/** What a handler is given beside the event, wherever the event came from. */
export interface HandlerContext {
  /** Fires when the process drains, or when the handler has taken too long. */
  readonly signal: AbortSignal;
  /** Counts from 1. */
  readonly attempt: number;
}

/** What a consumer's handler is given: its effects belong into `tx`, which also keeps that the event was handled. */
export interface ConsumerContext extends HandlerContext {
  readonly tx: Queryable;
}

/**
 * Does what is to be done about an event. What it throws is tried again later, with what the aggregate's next events wait for; a refusal
 * (an AppError that no retry can mend) at once becomes a dead letter. The same signature serves consumers, the in-process bus and the task queue.
 */
export type EventHandler<Data, Context extends HandlerContext = ConsumerContext> = (
  event: ReceivedEvent<Data>,
  context: Context,
) => Promise<void>;

/** A type of event, and how its data is read; made from the message of an events.proto by `eventType`. */
export interface EventType<Data> {
  /** "order.confirmed". */
  readonly type: string;
  /** The message of its data: "tradewind.order.v1.OrderConfirmed"; CloudEvents' `dataschema`. */
  readonly schema: string;
  /** Reads its data out of JSON (proto3's mapping, names as in the contract or in camel case). */
  read(json: unknown): Data;
}

/** Declares a type of event by the message that its data is; `message` is generated. */
export function eventType<Data>(
  type: string,
  options: { readonly schema: string; readonly message: { fromJSON(json: unknown): Data } },
): EventType<Data> {
  const { schema, message } = options;
  return { type, schema, read: (json) => message.fromJSON(json) };
}
