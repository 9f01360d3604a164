import type { AppError, CallContext, Priority, StatusName } from '../../core/index.ts';
import type { ServerTrace } from '../../tracing/index.ts';

/** One call that was answered, or given up. */
export interface CallEnded {
  readonly call: CallContext;
  /** Its place in its trace, recorded or not. */
  readonly span: ServerTrace | undefined;
  /** A stream lasts as long as it is read. */
  readonly isStream: boolean;
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
  /** A call was refused because of a limit; it neither started nor ended. The reason is RATE_LIMITED or BULKHEAD_FULL. */
  limited: { readonly method: string; readonly priority: Priority | undefined; readonly reason: string };
  /** A call was refused for load; it neither started nor ended. */
  shed: { readonly method: string; readonly priority: Priority };
}
