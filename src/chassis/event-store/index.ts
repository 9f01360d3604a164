export type { Aggregate, EventPlace, RecordedEvent, Stream, StreamChange } from './aggregate.ts';
export { createEventStore, EVENT_STORE_MIGRATIONS, STREAM_CONFLICT, type EventStore } from './event-store.ts';
export { readModelBacklog } from './read-model-backlog.ts';
export type { GenerationState, GenerationStatus, LoggedEvent, ReadModel, ReadModelEvents } from './read-model.ts';
export { createReadModels, READ_MODEL_PACE, type ReadModels, type ReadModelsOptions } from './read-models.ts';
