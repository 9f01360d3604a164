import type { ErrorStatus } from '../core/index.ts';

/** Why a step failed or a saga was undone: an AppError in the form that is stored. */
export interface SagaFailure {
  readonly status: ErrorStatus;
  readonly reason: string;
  readonly domain?: string;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Going forward: the step at `step` is the next to run, or is running. */
export interface Running {
  readonly kind: 'RUNNING';
  readonly step: number;
  /** The number of the attempt to make, or being made; 1 is the first. */
  readonly attempt: number;
  /** Attempts that failed since the step's turn came or an operator retried it: what backoff and maxAttempts count. */
  readonly failures: number;
  /** True when an earlier attempt may have had its effect without our knowing: undoing starts at this very step. */
  readonly ambiguous: boolean;
}

/** Going backward: the compensation of the step at `step` is the next to run, or is running. */
export interface Compensating {
  readonly kind: 'COMPENSATING';
  readonly step: number;
  readonly attempt: number;
  readonly failures: number;
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
