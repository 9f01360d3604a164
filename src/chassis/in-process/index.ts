export { createEventBus, type BusEvent, type EventBus, type EventBusOptions } from './event-bus.ts';
export type { InProcessWork, QueueStatus } from './in-process-work.ts';
export {
  DEFAULT_SUBSCRIBER_RETRY,
  type BusHandlers,
  type DeadLetter,
  type Subscriber,
  type Subscription,
} from './subscription.ts';
export type { DeadTask, PostOptions, SubmitOptions, Task, TaskOptions } from './task.ts';
export {
  DEFAULT_TASK_LIMITS,
  DEFAULT_TASK_RETRY,
  type BacklogAdvice,
  type TaskLimits,
  type TaskQueueOptions,
  type TaskRetry,
  type WhenFull,
} from './task-queue-options.ts';
export { createTaskQueue, type TaskQueue, type TaskQueueParts } from './task-queue.ts';
export type { DrainReport, LeftTask, TaskOutcome, WorkEvents } from './work-events.ts';
