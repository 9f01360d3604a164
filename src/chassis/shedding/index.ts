export { type ByPriority } from './admission.ts';
export { createEventLoopLoad, type Load, type LoadSampler } from './event-loop-load.ts';
export {
  createLoadShedder,
  type LoadShedder,
  type LoadShedderParts,
  type SheddingEvents,
  type SheddingStatus,
} from './load-shedder.ts';
export { DEFAULT_SHEDDING, type SheddingOptions } from './shedding-options.ts';
export { createTurnClock, type TurnClock } from './turn-clock.ts';
