import type { CallOptions, ClientMiddlewareCall } from 'nice-grpc-common';

import { AppError, type CallContext, type Clock } from '../../core/index.ts';
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
 * Gives a stream its deadline, where it or the incoming call has one, and enforces it here whatever the peer does; the
 * attempt middleware tells the peer. A deadline that has passed already sends nothing.
 */
export function createDeadlineMiddleware(deadline: DeadlineOptions, clock: Clock) {
  return async function* deadlineMiddleware<Request, Response>(
    call: ClientMiddlewareCall<Request, Response, ChainOptions>,
    options: CallOptions & Partial<ChainOptions>,
  ) {
    const outgoing = outgoingOf(options);
    const deadlineMs = deadlineOf(outgoing, options.timeoutMs, deadline.marginMs);
    if (deadlineMs === Infinity) return yield* call.next(call.request, options);

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

/**
 * When a call must have ended, on the monotonic clock: the earlier of its own time and the incoming call's less the
 * margin. Infinity: neither has one. Source: https://grpc.io/docs/guides/deadlines/
 */
export function deadlineOf(
  call: { readonly startedAtMs: number; readonly incoming: CallContext | undefined },
  timeoutMs: number | undefined,
  marginMs: number,
): number {
  const own = timeoutMs === undefined ? Infinity : call.startedAtMs + timeoutMs;
  const incoming = call.incoming?.deadlineMs;
  return incoming === undefined ? own : Math.min(own, incoming - marginMs);
}

/** What a call ends with whose deadline has passed. */
export function deadlineExceeded(
  call: Pick<OutgoingCall, 'target' | 'method' | 'startedAtMs' | 'attempts' | 'subchannel'>,
  clock: Clock,
): AppError {
  const elapsedMs = Math.round(clock.monotonicMs() - call.startedAtMs);
  const peer = call.subchannel?.address;
  const where = peer === undefined ? `${call.target} had nobody ready` : `${peer} had not answered`;
  return new AppError({
    status: 'DEADLINE_EXCEEDED',
    reason: 'DEADLINE_EXCEEDED',
    domain: 'tradewind',
    message: `${call.method}: ${where} after ${elapsedMs} ms and ${call.attempts} attempt(s)`,
  });
}
