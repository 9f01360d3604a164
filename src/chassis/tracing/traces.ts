import type { Context } from '@opentelemetry/api';

import type { AppError, CallContext, CallFacts } from '../core/index.ts';

/** What an outgoing call tells its tracer; read only while the attempt is begun. */
export interface TracedCall {
  /** As configured: "etcd:///user". */
  readonly target: string;
  /** "/tradewind.user.v1.UserService/GetUser". */
  readonly method: string;
  /** Attempts begun so far, this one included. */
  readonly attempts: number;
  /** OpenTelemetry's context where the call was made. */
  readonly traceContext: Context;
  /** When the call was made, on the monotonic clock. */
  readonly startedAtMs: number;
  /** A stream lasts as long as it is read, and is never slow. */
  readonly isStream?: boolean;
  /** The call being served where this one was made. */
  readonly incoming: CallContext | undefined;
}

/** The headers of W3C Trace Context, as a caller sent them. */
export interface IncomingTrace {
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/** The trace of one attempt of an outgoing call. */
export interface ClientTrace {
  /** To send along; undefined: nobody traces here. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  /** False: `end` does nothing, and need not be called. True also where `end` decides whether a span is made. */
  readonly isRecording: boolean;
  /** Once, with the gRPC status number. */
  end(code: number, details: AttemptDetails): void;
}

/** What is known of an attempt at its end. */
export interface AttemptDetails {
  /** host:port; undefined: it was not sent. */
  readonly peer?: string | undefined;
  /** "plain" or "multiplexed". */
  readonly transport?: string | undefined;
  /** Of a failure. */
  readonly message?: string | undefined;
}

/** The trace of one incoming call. */
export interface ServerTrace {
  /** What the call's own calls hang below; undefined: nobody traces here. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  /** Whether the ids were made up here, for a call that came without; else those of a call not recorded are its caller's. */
  readonly isRoot: boolean;
  /** False: `within` only runs the work, `end` does nothing, and neither need be called. */
  readonly isRecording: boolean;
  /** Runs the work with the span active. */
  within<T>(work: () => T): T;
  /** Once, with the gRPC status number, what the call was about and, of a failure, its error. */
  end(code: number, error?: AppError, facts?: CallFacts): void;
}
