export { outboxBacklog } from './outbox-backlog.ts';
export { appendEvents, EVENT_RETENTION_MS, EVENTS_MIGRATIONS, pruneEvents, type NewEvent } from './outbox.ts';
export { pruneOutbox } from './prune-outbox.ts';
export { readEvents, type OutboxEvent } from './read-events.ts';
export { traceEvent, type EventTrace } from './trace-event.ts';
export {
  eventType,
  type ConsumerContext,
  type EventHandler,
  type EventType,
  type HandlerContext,
  type ReceivedEvent,
} from './event.ts';
