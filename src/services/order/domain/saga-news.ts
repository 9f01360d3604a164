import type { ErrorStatus } from '../../../chassis/core/index.ts';

/** The sagas of an order. */
export type OrderSaga = 'checkout' | 'cancellation' | 'partial-cancellation';

/** What went wrong in a step. */
export interface StepFailure {
  readonly status: ErrorStatus;
  readonly reason: string;
  readonly domain?: string;
  readonly message: string;
}

/** One thing that happened to a saga of an order. */
export interface SagaNewsEntry {
  readonly kind:
    | 'STARTED'
    | 'ATTEMPT_STARTED'
    | 'ATTEMPT_SUCCEEDED'
    | 'ATTEMPT_FAILED'
    | 'ATTEMPT_REFUSED'
    | 'COMPENSATION_STARTED'
    | 'STEP_SKIPPED'
    | 'PARKED'
    | 'RESUMED'
    | 'RETRIED'
    | 'TAKEN_OVER'
    | 'FINISHED';
  readonly step?: string;
  readonly direction: 'FORWARD' | 'BACKWARD';
  readonly attempt?: number;
  readonly failure?: StepFailure;
  /** The operator who did it. */
  readonly actor?: string;
  readonly note?: string;
  readonly time: Date;
}

/** What one commit did to one saga of an order. */
export interface SagaNews {
  readonly saga: OrderSaga;
  readonly wasParked: boolean;
  readonly entries: readonly SagaNewsEntry[];
  /** What the steps have answered so far, by step. */
  readonly outputs: {
    readonly reservationId?: string;
    readonly paymentId?: string;
    readonly shipmentId?: string;
    readonly pointsAwarded?: bigint;
    /** What a partial cancellation took back. */
    readonly pointsRevoked?: bigint;
  };
}
