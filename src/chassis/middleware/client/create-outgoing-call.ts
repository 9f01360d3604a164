import { context, type Context } from '@opentelemetry/api';

import { currentCall, type CallContext, type Clock } from '../../core/index.ts';
import { endWith } from './end-with.ts';
import type { OutgoingCall } from './outgoing-call.ts';

/** What a call is part of, read where its method is invoked: a stream's chain first runs where it is consumed. */
export interface CallOrigin {
  readonly incoming: CallContext | undefined;
  readonly traceContext: Context;
}

/** The call and the trace in progress here. */
export function callOrigin(): CallOrigin {
  return { incoming: currentCall(), traceContext: context.active() };
}

/**
 * Begins a call that ends with the caller's signal or the incoming call's. `release` must be called when it has ended:
 * it lets go of both.
 */
export function createOutgoingCall(options: {
  readonly target: string;
  readonly method: string;
  readonly origin: CallOrigin;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}): { readonly outgoing: OutgoingCall; release(): void } {
  const { target, method, origin, clock, signal } = options;
  const controller = new AbortController();
  const outgoing: OutgoingCall = {
    ...origin,
    target,
    method,
    startedAtMs: clock.monotonicMs(),
    signal: controller.signal,
    cancel: (reason) => controller.abort(reason),
    deadlineMs: undefined,
    attempts: 0,
    isStream: true,
    subchannel: undefined,
    trailer: undefined,
  };
  const release = endWith(outgoing, signal, origin.incoming);
  return { outgoing, release: () => release?.() };
}
