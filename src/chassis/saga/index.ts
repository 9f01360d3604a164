export { decideCommand, type CommandDecision, type CommandedSaga, type SagaCommand } from './command.ts';
export { canTurnBack, decide, decideTimedOut, SAGA_TIMED_OUT, type Decision, type StepOutcome } from './decide.ts';
export { defineSaga } from './define-saga.ts';
export {
  DEFAULT_COMPENSATION_RETRY,
  DEFAULT_RETRY,
  DEFAULT_STEP_TIMEOUT_MS,
  type ParallelOptions,
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
  type SagaDraft,
  type SagaStart,
  type StartedSaga,
} from './engine.ts';
export type { SagaEvents } from './events.ts';
export type { SagaFeed } from './feed.ts';
export type { HistoryEntry, HistoryKind } from './history.ts';
export {
  partitionOf,
  SAGA_PARTITIONS,
  type ClaimedSaga,
  type ExtendedClaims,
  type HeldClaim,
  type SagaChange,
  type SagaLog,
  type SagaTransition,
  type TransitionHook,
  type WorkingSaga,
} from './log.ts';
export {
  definitionOf,
  findDefinition,
  sagaEtag,
  type CommandBy,
  type ListedSaga,
  type SagaCount,
  type SagaOperator,
  type SagaQuery,
} from './operator.ts';
export { classify, type Failed, type Outcome } from './outcome.ts';
export { MAX_INTERRUPTIONS, SAGA_QUARANTINED } from './quarantine.ts';
export type { SagaRecord } from './record.ts';
export { SOFT_WRITE_MS } from './saga-writer.ts';
export { pendingSteps, stageAt, type PlacedStep } from './stages.ts';
export type { SagaFilter } from './saga-filter.ts';
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
