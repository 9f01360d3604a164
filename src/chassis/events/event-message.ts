import type { Event } from '../../../gen/tradewind/events/v1/event_service.ts';
import type { OutboxEvent } from './read-events.ts';

/** An event of the outbox as it goes over the wire. */
export function eventMessage(event: OutboxEvent): Event {
  const { position, eventId, type, aggregateType, aggregateId, sequence, eventTime, data, traceParent } = event;
  return {
    ...{ position, id: eventId, type, aggregateType, aggregateId, sequence, time: eventTime, data },
    traceparent: traceParent ?? '',
  };
}
