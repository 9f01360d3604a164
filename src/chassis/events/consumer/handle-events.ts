import { SpanKind } from '@opentelemetry/api';

import { AppError, backgroundCall, runInCall, throwIfAborted, type Clock, type NewId } from '../../core/index.ts';
import type { Queryable } from '../../store/index.ts';
import { contextOf, idsOf, startWork, withinTrace } from '../../tracing/index.ts';
import type { CarriedEvent } from '../courier.ts';
import type { ReceivedEvent } from '../event.ts';
import { readData, type AfterCommit, type ConsumerDefinition } from './define-consumer.ts';

/** What handlers are run with. */
export interface HandlingOptions {
  readonly definition: ConsumerDefinition;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly signal: AbortSignal;
}

/** A handler failed at one event; wraps its error on the way out of the transaction. */
export class EventFailed extends Error {
  readonly event: CarriedEvent;

  constructor(event: CarriedEvent, cause: unknown) {
    super(`event ${event.id} failed`, { cause });
    this.event = event;
  }
}

/**
 * Calls the handlers of events in their order, in the transaction that keeps that they were handled; gives what is to be called when that is
 * committed. Throws EventFailed where it is known which event is to blame: of a batch handler that was given several, it is not.
 */
export async function handleEvents(
  tx: Queryable,
  events: readonly CarriedEvent[],
  attempts: (event: CarriedEvent) => number,
  options: HandlingOptions,
): Promise<void | AfterCommit> {
  const { definition } = options;
  const { way } = definition;
  if (way.kind === 'each') {
    for (const event of events) await blame(event, () => handleOne(tx, event, attempts(event), options));
    return undefined;
  }
  const received: ReceivedEvent[] = [];
  for (const event of events) await blame(event, async () => void received.push(readEvent(event, definition)));
  const [only] = events;
  if (only === undefined) return undefined;
  const first = events.find(({ traceparent }) => idsOf(traceparent) !== undefined) ?? only;
  const run = () =>
    within(first, options, (signal) => traced(first, definition, () => way.handle(received, { tx, signal }), events));
  return events.length === 1 ? blame(only, run) : run();
}

async function blame<T>(event: CarriedEvent, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new EventFailed(event, error);
  }
}

async function handleOne(tx: Queryable, event: CarriedEvent, attempt: number, options: HandlingOptions) {
  const { definition } = options;
  const handle = definition.way.kind === 'each' ? definition.way.handlers.get(event.type) : undefined;
  if (handle === undefined) return; // a type that nobody here wants
  const received = readEvent(event, definition);
  await within(event, options, (signal) => traced(event, definition, () => handle(received, { tx, signal, attempt })));
}

function readEvent({ partition: _, data, ...event }: CarriedEvent, { types }: ConsumerDefinition): ReceivedEvent {
  const type = types.get(event.type);
  if (type === undefined) throw new Error(`nobody reads ${event.type} here`);
  return { ...event, data: readData(type, data) };
}

/**
 * Bounds a handler in time, and gives what it does a call of its own, in the trace of what caused the event. None begins once the consumer stops:
 * whoever waits for a signal that has fired before waits for ever.
 */
async function within<T>(
  event: CarriedEvent,
  { definition, clock, newId, signal }: HandlingOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  const { timeoutMs } = definition;
  const late = new AbortController();
  const timer = clock.setTimer(timeoutMs, () => late.abort());
  const either = AbortSignal.any([signal, late.signal]);
  const job = `consumer ${definition.name}`;
  const call = {
    ...backgroundCall({ callId: newId(), job }),
    signal: either,
    ...(event.traceparent !== undefined && { trace: { traceparent: event.traceparent, tracestate: undefined } }),
  };
  try {
    return await runInCall(call, () => withinTrace(event.traceparent, () => work(either)));
  } catch (error) {
    if (!late.signal.aborted) throw error;
    const message = `the handler took longer than ${timeoutMs} ms`;
    throw new AppError({ status: 'DEADLINE_EXCEEDED', reason: 'HANDLER_TIMEOUT', message, cause: error });
  } finally {
    timer.cancel();
  }
}

/**
 * A consumer's span below what caused the event, where that is recorded; of many that are handled at once, below the first and with links to
 * the others. Source: OpenTelemetry's messaging conventions ("process").
 */
async function traced<T>(
  event: CarriedEvent,
  definition: ConsumerDefinition,
  work: () => Promise<T>,
  together: readonly CarriedEvent[] = [event],
): Promise<T> {
  const attributes = {
    'messaging.system': 'tradewind.outbox',
    'messaging.operation.type': 'process',
    'messaging.message.id': event.id,
    'messaging.destination.name': event.source,
    'messaging.consumer.group.name': definition.name,
    'tradewind.event.type': event.type,
    ...(together.length > 1 && { 'messaging.batch.message_count': together.length }),
  };
  const others = together.filter((one) => one !== event).flatMap(({ traceparent }) => idsOf(traceparent) ?? []);
  const span = startWork(
    {
      name: `process ${event.type}`,
      kind: SpanKind.CONSUMER,
      attributes,
      links: others.map((context) => ({ context })),
    },
    contextOf(event.traceparent),
  );
  if (span === undefined) return work();
  try {
    const result = await span.within(work);
    span.end();
    return result;
  } catch (error) {
    const { reason, message } = AppError.from(error);
    span.end({ type: reason, message });
    throw error;
  }
}
