export {
  CONSUMER_DEFAULTS,
  defineConsumer,
  on,
  STATEMENTS_ONLY_IDLE_MS,
  type AfterCommit,
  type BatchHandler,
  type ConsumerDefinition,
  type ConsumerOptions,
  type Reaction,
} from './define-consumer.ts';
export type { ConsumerEvents, ConsumerNames, FailedEvent } from './events.ts';
export { eventUnwanted, isHopeless, isNotTheEvent, toEventFailure, type EventFailure } from './failure.ts';
export { EventFailed, handleEvents } from './handle-events.ts';
export { followInterruptions, type Interruption } from './interruptions.ts';
export { inboxStatements } from './statements.ts';
export { createConsumerMember, type ConsumerMember, type RunConsumerOptions } from './run-consumer.ts';
