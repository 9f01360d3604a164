import type { EventHandler, HandlerContext, ReceivedEvent } from '../events/index.ts';
import type { InProcessWork } from './in-process-work.ts';
import type { TaskQueueOptions, TaskRetry } from './task-queue-options.ts';
import { createTaskQueue, type TaskQueueParts } from './task-queue.ts';

/** Handlers by type of event, with a consumer's signature. */
export type BusHandlers<EventMap extends object> = {
  readonly [Type in keyof EventMap & string]?: EventHandler<EventMap[Type], HandlerContext>;
};

/** An event that a subscriber was not done with: it failed for good, found no room, or the process ended. */
export interface DeadLetter<Data = unknown> {
  readonly subscriber: string;
  readonly event: ReceivedEvent<Data>;
  /** How often it was tried; 0: never. */
  readonly attempts: number;
  readonly error: unknown;
}

/**
 * Who is told of events, and within which limits: those of a task queue of its own. Its handlers get the events of one aggregate one after
 * the other, in the order in which they were published; those of other aggregates do not wait for them.
 */
export interface Subscriber<EventMap extends object> extends TaskQueueOptions {
  readonly handlers: BusHandlers<EventMap>;
  /** Default: DEFAULT_SUBSCRIBER_RETRY. */
  readonly retry?: Partial<TaskRetry>;
  /** Told, once, of each event that it will not be done with. Must not throw. */
  readonly onDeadLetter?: (letter: DeadLetter<EventMap[keyof EventMap]>) => void;
}

/** A handler may see an event more than once anyway: what fails is tried five times, as by a consumer of the outbox. */
export const DEFAULT_SUBSCRIBER_RETRY = { maxAttempts: 5, baseMs: 50, maxMs: 2_000 } satisfies Partial<TaskRetry>;

/** A subscriber's side of a bus. Closing it ends it alone: what is published from then on is not for it. */
export interface Subscription extends InProcessWork {
  /** Also its queue's name in `events`, which are those of the whole bus. */
  readonly name: string;
}

/** The bus's side: whether an event is for it, and its taking. */
export interface OwnedSubscription extends Subscription {
  handles(type: string): boolean;
  /** Resolves when it is taken. Rejects as TaskQueue.post does; the event is a dead letter then. */
  take(event: ReceivedEvent, signal: AbortSignal | undefined): Promise<void>;
}

/** Makes the queue of one subscriber. Throws RangeError, with the field's name, for limits that make no sense. */
export function createSubscription<EventMap extends object>(
  { handlers, onDeadLetter, retry, ...options }: Subscriber<EventMap>,
  parts: Required<TaskQueueParts>,
): OwnedSubscription {
  const { name } = options;
  const queue = createTaskQueue({ ...options, retry: { ...DEFAULT_SUBSCRIBER_RETRY, ...retry } }, parts);
  // The map pairs types with their data, and publish() holds to it.
  const byType = new Map(Object.entries(handlers) as [string, EventHandler<unknown, HandlerContext>][]);
  const bury = (event: ReceivedEvent, attempts: number, error: unknown) =>
    onDeadLetter?.({ subscriber: name, event: event as ReceivedEvent<EventMap[keyof EventMap]>, attempts, error });

  return {
    name,
    handles: (type) => byType.has(type),
    async take(event, signal) {
      const handler = byType.get(event.type);
      if (handler === undefined) return;
      const key = `${event.aggregateType}/${event.aggregateId}`;
      try {
        await queue.post((context) => handler(event, context), {
          key,
          label: event.type,
          signal,
          onDeadLetter: ({ attempts, error }) => bury(event, attempts, error),
        });
      } catch (error) {
        parts.events.emit('deadLettered', { queue: name, label: event.type, key, attempts: 0, error });
        bury(event, 0, error);
        throw error;
      }
    },
    events: queue.events,
    status: queue.status,
    backlogs: queue.backlogs,
    close: queue.close,
    [Symbol.asyncDispose]: queue[Symbol.asyncDispose],
  };
}
