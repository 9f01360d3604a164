import type { Direction, SagaFailure } from './state.ts';

/** What one entry of a saga's history tells. */
export type HistoryKind =
  | 'STARTED'
  | 'ATTEMPT_STARTED'
  | 'ATTEMPT_SUCCEEDED'
  /** It may pass: the outcome is unknown. */
  | 'ATTEMPT_FAILED'
  /** The participant said no for good. */
  | 'ATTEMPT_REFUSED'
  /** The saga turned back. */
  | 'COMPENSATION_STARTED'
  /** By an operator. */
  | 'STEP_SKIPPED'
  /** By an operator, or by itself after too many failures. */
  | 'PARKED'
  /** By an operator. */
  | 'RESUMED'
  /** By an operator. */
  | 'RETRIED'
  /** Its owner was gone. */
  | 'TAKEN_OVER'
  | 'FINISHED';

/** One entry, before it has its place and time. */
export interface HistoryDraft {
  readonly kind: HistoryKind;
  /** Absent when it is not of a step. */
  readonly step?: string;
  readonly direction: Direction;
  /** Absent when it is not of an attempt. */
  readonly attempt?: number;
  readonly failure?: SagaFailure;
  /** Who asked for it, where somebody did. */
  readonly actor?: string;
  /** In the words of who asked for it. */
  readonly note?: string;
}

/** One entry of a saga's append-only history. */
export interface HistoryEntry extends HistoryDraft {
  readonly sagaId: string;
  /** Its place among everything that happened to all sagas of this database: rises, with gaps. Above 0. */
  readonly position: bigint;
  /** The worker that wrote it; absent for what a command or the start wrote. */
  readonly instance?: string;
  /** When it happened, by the database's clock but for how long it waited to be written. */
  readonly time: Date;
}
