import type { AppError, CallContext, StatusName } from '../../core/index.ts';

/** One call that was answered, or given up. */
export interface CallEnded {
  readonly call: CallContext;
  /** "OK", or what the caller is told. */
  readonly status: StatusName;
  readonly durationMs: number;
  /** How it came. */
  readonly transport: 'plain' | 'multiplexed';
  /** Present when the status is not OK; its cause is for the log only. */
  readonly error: AppError | undefined;
}

/** What the server tells telemetry about calls. */
export interface ServerCallEvents {
  started: { readonly call: CallContext };
  ended: CallEnded;
}
