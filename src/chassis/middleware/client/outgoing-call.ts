import type { Context } from '@opentelemetry/api';
import type { CallOptions, Metadata } from 'nice-grpc-common';

import type { AppError, CallContext, ErrorStatus } from '../../core/index.ts';
import type { Subchannel, TrackedCall } from '../../channel/index.ts';

/** A bearer token, or what makes one: asked for each call, so that it can renew a token that ends. */
export type TokenSource = string | (() => string | Promise<string>);

/** Another answer of a unary call, of the method's response type. */
export interface Fallback {
  /** The failures that it stands in for. */
  readonly statuses: readonly ErrorStatus[];
  answer(error: AppError): unknown;
}

/** What a caller may say about one call, beside nice-grpc's own options (metadata, signal, onHeader, onTrailer). */
export interface ChassisCallOptions {
  /**
   * The call's time in milliseconds, over all attempts. Default: 5 s for unary calls, none for streams. What is left of
   * the incoming call's deadline, less a margin, bounds it in any case.
   */
  readonly timeoutMs?: number | undefined;
  /** False: never send this call a second time, whatever its idempotency level. */
  readonly retry?: boolean | undefined;
  /** What a unary call answers instead of failing; `withFallback` gives it its types. */
  readonly fallback?: Fallback | undefined;
  /**
   * Whose call it is. Default: whose call is being served here, else nobody's. What a function throws ends the call with
   * UNAUTHENTICATED, reason TOKEN_UNAVAILABLE, as its cause.
   */
  readonly token?: TokenSource | undefined;
  /**
   * Calls of the same text go to the same endpoint, where the balancing policy hashes. Default: the host that called us,
   * for calls made while serving one.
   */
  readonly affinity?: string | undefined;
}

/** One streaming call of a client: what the middleware tell each other. Made by the client's method. */
export interface OutgoingCall extends TrackedCall {
  /** As configured: "etcd:///user". */
  readonly target: string;
  /** "/tradewind.user.v1.UserService/GetUser". */
  readonly method: string;
  /** The call being served where this one is made. */
  readonly incoming: CallContext | undefined;
  readonly traceContext: Context;
  /** On the monotonic clock. */
  readonly startedAtMs: number;
  /** Fires when the caller gave up, the deadline passed, or the client is closed by force; its reason says which. */
  readonly signal: AbortSignal;
  /** On the monotonic clock; set by the deadline middleware. */
  deadlineMs: number | undefined;
  readonly isStream: true;
  /** 0 until the call is sent, then 1: streams are not tried again here. */
  attempts: number;
  /** Where it went. */
  subchannel: Subchannel | undefined;
  /** What the peer sent at the end. */
  trailer: Metadata | undefined;
}

/** The options as they travel through the chain. */
export interface ChainOptions extends ChassisCallOptions {
  /** Always there: the client's method puts it in. */
  readonly outgoing?: OutgoingCall;
}

/** The call these options belong to. */
export function outgoingOf(options: CallOptions & Partial<ChainOptions>): OutgoingCall {
  if (options.outgoing === undefined) throw new Error('client middleware of the chassis runs in its own client only');
  return options.outgoing;
}
