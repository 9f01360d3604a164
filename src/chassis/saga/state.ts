import type { ErrorStatus } from '../core/index.ts';

/** Why a step failed or a saga was undone: an AppError in the form that is stored. */
export interface SagaFailure {
  readonly status: ErrorStatus;
  readonly reason: string;
  readonly domain?: string;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What both ways have: the stage whose turn it is, and how far it got. */
interface AtStage {
  /** The first step of the stage: a single step, or the steps of a parallel group. */
  readonly step: number;
  /** The number of the attempt to make, or being made; 1 is the first. All steps of a group are attempted together. */
  readonly attempt: number;
  /** Attempts that failed since the stage's turn came or an operator retried it: what backoff and maxAttempts count. */
  readonly failures: number;
  /** Steps of a group that have nothing left to do while others of it have. */
  readonly done: readonly number[];
}

/** Going forward: the stage at `step` is the next to run, or is running. */
export interface Running extends AtStage {
  readonly kind: 'RUNNING';
  /** True when an attempt was made that may have, or may yet have, its effect without our knowing: undoing starts at this very stage. */
  readonly ambiguous: boolean;
  /**
   * True when somebody was cut off who may have been further than the log says: what is not waited for is written late.
   * Undoing then starts at the last stage that can be undone. Only before the pivot, whose start is always waited for.
   */
  readonly ahead: boolean;
}

/** Going backward: the compensations of the stage at `step` are the next to run, or are running. */
export interface Compensating extends AtStage {
  readonly kind: 'COMPENSATING';
  /** What made the saga turn back. */
  readonly failure: SagaFailure;
}

/** Still has work to do. */
export type LiveState = Running | Compensating;

/** Waits for an operator; `parked` is what it goes on with. */
export interface Parked {
  readonly kind: 'PARKED';
  readonly parked: LiveState;
  /** Why it was parked: the last attempt's failure, or an operator's reason. */
  readonly failure: SagaFailure;
}

/** Everything is done. */
export interface Completed {
  readonly kind: 'COMPLETED';
}

/** Everything is undone. */
export interface Compensated {
  readonly kind: 'COMPENSATED';
  readonly failure: SagaFailure;
}

/** Where a saga stands. */
export type SagaState = LiveState | Parked | Completed | Compensated;

/** The name of a state. */
export type SagaStateKind = SagaState['kind'];

/** Which way a saga goes. */
export type Direction = 'FORWARD' | 'BACKWARD';

/** The way of a live state. */
export function directionOf(state: LiveState): Direction {
  return state.kind === 'RUNNING' ? 'FORWARD' : 'BACKWARD';
}

/** True when a worker may take it up. */
export function isLive(state: SagaState): state is LiveState {
  return state.kind === 'RUNNING' || state.kind === 'COMPENSATING';
}

/** A saga that has ended never changes again. */
export function hasEnded(state: SagaState): state is Completed | Compensated {
  return state.kind === 'COMPLETED' || state.kind === 'COMPENSATED';
}
