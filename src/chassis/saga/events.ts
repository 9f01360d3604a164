import type { SagaFailure, SagaState } from './state.ts';

/** What a saga worker tells; telemetry turns it into logs and metrics. */
export interface SagaEvents {
  readonly claimed: { readonly count: number };
  /** A claim of another life or instance had run out, and the saga goes on here. */
  readonly takenOver: { readonly sagaId: string; readonly name: string; readonly previousOwner: string };
  /** A transition is durable. */
  readonly transition: {
    readonly sagaId: string;
    readonly name: string;
    readonly correlationKey: string;
    readonly from: SagaState;
    readonly to: SagaState;
  };
  /** One attempt ended; `failure` when it did not succeed. */
  readonly attempt: {
    readonly sagaId: string;
    readonly name: string;
    readonly step: string;
    readonly direction: 'FORWARD' | 'BACKWARD';
    readonly attempt: number;
    readonly durationMs: number;
    readonly failure: SagaFailure | undefined;
  };
  /** Somebody else has the saga now; what this instance was about to write was refused. */
  readonly claimLost: { readonly sagaId: string; readonly name: string };
  /** The log could not be reached or refused; it is tried again. */
  readonly logFailed: { readonly what: 'claim' | 'record' | 'heartbeat'; readonly error: unknown };
}
