export { decideCommand, type CommandDecision, type CommandedSaga, type SagaCommand } from './command.ts';
export { canTurnBack, decide, SAGA_TIMED_OUT, type Decision } from './decide.ts';
export { defineSaga } from './define-saga.ts';
export {
  DEFAULT_COMPENSATION_RETRY,
  DEFAULT_RETRY,
  DEFAULT_STEP_TIMEOUT_MS,
  type RetryPolicy,
  type SagaDefinition,
  type SagaOptions,
  type Step,
  type StepContext,
  type StepKind,
  type StepOptions,
} from './definition.ts';
export {
  createSagaEngine,
  SAGA_MIGRATIONS,
  type SagaEngine,
  type SagaEngineOptions,
  type SagaStart,
} from './engine.ts';
export type { SagaEvents } from './events.ts';
export type { SagaFeed } from './feed.ts';
export type { HistoryEntry, HistoryKind } from './history.ts';
export type { ClaimedSaga, SagaChange, SagaLog, SagaTransition, TransitionHook } from './log.ts';
export {
  definitionOf,
  sagaEtag,
  type CommandBy,
  type ListedSaga,
  type SagaOperator,
  type SagaQuery,
} from './operator.ts';
export { classify, type Outcome } from './outcome.ts';
export type { SagaRecord } from './record.ts';
export {
  directionOf,
  hasEnded,
  isLive,
  type Direction,
  type LiveState,
  type SagaFailure,
  type SagaState,
  type SagaStateKind,
} from './state.ts';
export { createSagaWorker, DEFAULT_SAGA_TUNING, type SagaWorker, type SagaWorkerTuning } from './worker.ts';
