import type { CallOptions, ClientMiddlewareCall } from 'nice-grpc-common';

import { AppError, type Clock } from '../../core/index.ts';
import { outgoingOf, type ChainOptions, type OutgoingCall } from './outgoing-call.ts';

/** How long calls may take. */
export interface DeadlineOptions {
  /** For unary calls that say nothing themselves, in milliseconds. */
  readonly defaultTimeoutMs: number;
  /** What an incoming call keeps for its own answer, in milliseconds: its outgoing calls get that much less. */
  readonly marginMs: number;
}

/** Defaults for calls inside one suite. */
export const DEFAULT_DEADLINE: DeadlineOptions = { defaultTimeoutMs: 5_000, marginMs: 10 };

/**
 * Gives every call its deadline, the earlier of its own and the incoming call's less a margin, and enforces it here
 * whatever the peer does; the attempt middleware tells the peer. A deadline that has passed already sends nothing.
 * Source: https://grpc.io/docs/guides/deadlines/
 */
export function createDeadlineMiddleware(deadline: DeadlineOptions, clock: Clock) {
  return async function* deadlineMiddleware<Request, Response>(
    call: ClientMiddlewareCall<Request, Response, ChainOptions>,
    options: CallOptions & Partial<ChainOptions>,
  ) {
    const outgoing = outgoingOf(options);
    const isUnary = !call.requestStream && !call.responseStream;
    const timeoutMs = options.timeoutMs ?? (isUnary ? deadline.defaultTimeoutMs : undefined);
    const deadlineMs = earliest(outgoing, timeoutMs, deadline.marginMs);
    if (deadlineMs === undefined) return yield* call.next(call.request, options);

    outgoing.deadlineMs = deadlineMs;
    const remainingMs = deadlineMs - clock.monotonicMs();
    if (remainingMs <= 0) throw deadlineExceeded(outgoing, clock);
    const timer = clock.setTimer(remainingMs, () => outgoing.cancel(deadlineExceeded(outgoing, clock)));
    try {
      return yield* call.next(call.request, options);
    } finally {
      timer.cancel();
    }
  };
}

function earliest(outgoing: OutgoingCall, timeoutMs: number | undefined, marginMs: number): number | undefined {
  const own = timeoutMs === undefined ? undefined : outgoing.startedAtMs + timeoutMs;
  const incoming = outgoing.incoming?.deadlineMs;
  if (incoming === undefined) return own;
  return Math.min(own ?? Infinity, incoming - marginMs);
}

function deadlineExceeded(outgoing: OutgoingCall, clock: Clock): AppError {
  const elapsedMs = Math.round(clock.monotonicMs() - outgoing.startedAtMs);
  const peer = outgoing.subchannel?.address;
  const where = peer === undefined ? `${outgoing.target} had nobody ready` : `${peer} had not answered`;
  return new AppError({
    status: 'DEADLINE_EXCEEDED',
    reason: 'DEADLINE_EXCEEDED',
    domain: 'tradewind',
    message: `${outgoing.method}: ${where} after ${elapsedMs} ms and ${outgoing.attempts} attempt(s)`,
  });
}
