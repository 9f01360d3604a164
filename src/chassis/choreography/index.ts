export type { ChoreographyEvents, StepName } from './events.ts';
export { logSteps } from './log-steps.ts';
export {
  hear,
  type Announcement,
  type Brief,
  type Heard,
  type Part,
  type PartState,
  type PartStep,
  type StepContext,
} from './part.ts';
export {
  createPartHandlers,
  createPartService,
  partRoutes,
  type PartHandlers,
  type PartServiceOptions,
} from './operations/index.ts';
export { playPart, type Playing, type PlayingOptions } from './play-part.ts';
export { PARTS_MIGRATIONS } from './statements.ts';
export { toRefusal } from './to-refusal.ts';
