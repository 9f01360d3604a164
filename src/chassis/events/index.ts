export {
  CONSUMER_DEFAULTS,
  createConsumerMember,
  defineConsumer,
  followInterruptions,
  isHopeless,
  on,
  STATEMENTS_ONLY_IDLE_MS,
  type AfterCommit,
  type BatchHandler,
  type ConsumerDefinition,
  type ConsumerEvents,
  type ConsumerMember,
  type ConsumerNames,
  type ConsumerOptions,
  type EventFailure,
  type FailedEvent,
  type Reaction,
  type RunConsumerOptions,
} from './consumer/index.ts';
export { cloudEventOf, eventOfCloudEvent, type CloudEvent } from './cloud-event.ts';
export {
  AMQP_BINDING,
  NATS_BINDING,
  fromCloudEventHeaders,
  toCloudEventHeaders,
  type CloudEventBinding,
} from './cloud-event-headers.ts';
export { CLOUD_EVENT_JSON, fromCloudEventJson, toCloudEventJson } from './cloud-event-json.ts';
export {
  COURIER_NAMES,
  type CarriedEvent,
  type Courier,
  type CourierName,
  type Delivery,
  type Subscription,
} from './courier.ts';
export {
  createBrokerCourier,
  createBrokerLink,
  createRelay,
  refillBroker,
  relayBacklog,
  type BrokerAdapter,
  type BrokerConnection,
  type BrokerCourierOptions,
  type BrokerEvents,
  type BrokerLink,
  type BrokerName,
  type Relay,
  type RelayOptions,
} from './couriers/broker/index.ts';
export { createFeedCourier, type EventServiceClient } from './couriers/feed.ts';
export { createNatsBroker, type NatsBrokerOptions } from './couriers/nats/index.ts';
export { createRabbitmqBroker, type RabbitmqBrokerOptions } from './couriers/rabbitmq/index.ts';
export { createEventService } from './event-service.ts';
export {
  eventType,
  type ConsumerContext,
  type EventHandler,
  type EventType,
  type HandlerContext,
  type ReceivedEvent,
} from './event.ts';
export { outboxBacklog } from './outbox-backlog.ts';
export { createOutboxTail, type OutboxTail } from './outbox-tail.ts';
export {
  consumerBacklogs,
  createConsumerHandlers,
  createConsumerService,
  createConsumerWatch,
  createPublisherLog,
  type ConsumerHandlers,
  type ConsumerServiceOptions,
  type ConsumerWatch,
  type PublisherLog,
} from './operations/index.ts';
export { appendEvents, EVENTS_MIGRATIONS, MAX_EVENT_BYTES, type NewEvent } from './outbox.ts';
export { PARTITIONS, partitionOf } from './partition.ts';
export { readEvents, type OutboxEvent } from './read-events.ts';
export { createEventDays, RETENTION_DEFAULTS, type EventDays, type Retention } from './retention/index.ts';
export { traceEvent, type EventTrace } from './trace-event.ts';
