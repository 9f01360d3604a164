import { AsyncLocalStorage } from 'node:async_hooks';

import type { Priority } from './priority.ts';

/** Who a call is made for, from a verified token. */
export interface Principal {
  readonly userId: string;
  /** Lower case: "customer", "admin". */
  readonly roles: readonly string[];
}

/** Where a call stands in a trace, recorded or not, in the words of https://www.w3.org/TR/trace-context/ */
export interface CallTrace {
  /** Valid, of version 00. */
  readonly traceparent: string;
  readonly tracestate: string | undefined;
}

/** What travels with one incoming call through everything it causes. */
export interface CallContext {
  /** Names the call in every log line on every hop; from the first caller, or made at the edge. */
  readonly callId: string;
  /** "/tradewind.user.v1.UserService/GetUser", or the name of a background job. */
  readonly method: string;
  /** On the monotonic clock, in milliseconds; undefined: no limit was set. */
  readonly deadlineMs: number | undefined;
  /** Absent: a trusted caller inside the suite. */
  readonly principal: Principal | undefined;
  /** The bearer token the principal was read from, to pass on. */
  readonly authorization: string | undefined;
  /** Fires when the caller gave up or the deadline passed. */
  readonly signal: AbortSignal | undefined;
  /** True when the caller said that this call is itself a retry: its callees do not retry again (chain stop). */
  readonly isRetry: boolean;
  /** What its own calls count as under overload, whatever they are; absent: what each one's contract says. */
  readonly priority?: Priority | undefined;
  /** What the call's own calls and log lines belong to; absent: nobody traces it. */
  readonly trace?: CallTrace | undefined;
  /** The process that called, as its certificate says (mutual TLS); absent over plain text and in background jobs. */
  readonly caller?: string | undefined;
  /** The host that called, without its port: policies that hash keep its calls together. Absent in background jobs. */
  readonly peer?: string | undefined;
  /** W3C baggage, as it came: sent on with the call's own calls, read by nobody here. */
  readonly baggage?: string | undefined;
  /** What the call is about, by name ("orderId"), for its log lines and its span; see describeCall. */
  facts?: CallFacts | undefined;
}

/** Ids of what a call is about. Never anything secret: they are logged. */
export type CallFacts = Readonly<Record<string, string>>;

const storage = new AsyncLocalStorage<CallContext>();

/** The call being served here, or undefined outside of one. */
export function currentCall(): CallContext | undefined {
  return storage.getStore();
}

/** Says what the call being served here is about, beside what was said before; outside of a call nothing. */
export function describeCall(facts: CallFacts): void {
  const call = storage.getStore();
  if (call !== undefined) call.facts = call.facts === undefined ? facts : { ...call.facts, ...facts };
}

/** Runs the work, with these arguments, as part of the call. */
export function runInCall<Args extends readonly unknown[], T>(
  context: CallContext,
  work: (...args: Args) => T,
  ...args: Args
): T {
  return storage.run(context, work, ...args);
}

/** The call's identity and deadline bound a background job's outgoing calls in the same way. */
export function backgroundCall(options: {
  readonly callId: string;
  readonly job: string;
  readonly signal?: AbortSignal;
  readonly priority?: Priority;
}): CallContext {
  return {
    callId: options.callId,
    method: options.job,
    deadlineMs: undefined,
    principal: undefined,
    authorization: undefined,
    signal: options.signal,
    isRetry: false,
    priority: options.priority,
  };
}
