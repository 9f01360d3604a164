import { context } from '@opentelemetry/api';
import type { CallOptions, MethodDescriptor } from 'nice-grpc-common';

import { AppError, currentCall, type DeadlineWheel, type Emitter, type NewId } from '../core/index.ts';
import {
  bearer,
  deadlineExceeded,
  deadlineOf,
  endWith,
  errorOf,
  mayRetry,
  takeApart,
  type AttemptOutcome,
  type ChassisCallOptions,
  type ClientCallEvents,
  type DeadlineOptions,
  type FailedOutcome,
  type Retries,
  type RetryBudget,
} from '../middleware/client/index.ts';
import type { MessageEncoder } from '../transport/index.ts';
import { makeAttempt, type AttemptParts, type Attempted } from './unary-attempt.ts';
import { UnaryCall } from './unary-call.ts';

/** What the unary methods of one target share. */
export interface UnaryChain extends Omit<AttemptParts, 'method'> {
  readonly target: string;
  readonly encode: MessageEncoder;
  readonly events: Emitter<ClientCallEvents>;
  readonly newId: NewId;
  readonly deadline: DeadlineOptions;
  readonly deadlines: DeadlineWheel;
  readonly budget: RetryBudget;
  readonly retries: Retries;
}

type Options = CallOptions & ChassisCallOptions;

/** What one unary method is made with. */
export interface UnaryMethodOptions {
  readonly chain: UnaryChain;
  readonly method: AttemptParts['method'];
  readonly descriptor: MethodDescriptor;
  /** What calls of this client do unless they say otherwise. */
  readonly defaults: Options;
}

/**
 * A unary method: a promise of the one response, or of an AppError. Everything a call goes through, in one function that is
 * made once for the method: what streams have as a chain of generators costs more than the call itself where a transport
 * is as cheap as the multiplexed one. The parts are the same.
 */
export function createUnaryMethod({ chain, method, descriptor, defaults }: UnaryMethodOptions) {
  const { target, events, clock, newId, deadline, deadlines, budget, retries } = chain;
  const { path } = method;
  const parts: AttemptParts = { ...chain, method };
  const started = { target, method: path };
  const expired = (call: UnaryCall) => deadlineExceeded(call, clock);

  return async (request: unknown, ownOptions?: Options): Promise<unknown> => {
    const options = ownOptions === undefined ? defaults : { ...defaults, ...ownOptions };
    const incoming = currentCall();
    const call = new UnaryCall({
      target,
      method: path,
      incoming,
      traceContext: context.active(),
      startedAtMs: clock.monotonicMs(),
      deadlineExceeded: expired,
    });
    const release = endWith(call, options.signal ?? defaults.signal, incoming);
    let error: AppError | undefined;
    budget.deposit();
    events.emit('callStarted', started);
    try {
      limit(call, options.timeoutMs ?? deadline.defaultTimeoutMs);
      identify(call, options, newId);
      if (options.token !== undefined && call.authorization === undefined) {
        call.authorization = await bearer(options.token, call);
      }
      if (call.endedBy !== undefined) throw call.endedBy;
      const attempted = { parts, call, request, options };
      let outcome = await makeAttempt(attempted);
      if (outcome.kind !== 'reply') outcome = await tryAgain(attempted, outcome);
      if (outcome.kind === 'reply') return outcome.response;
      throw errorOf(path, outcome);
    } catch (thrown) {
      // Whatever an attempt that was torn down reported, the reason it was torn down for is the truth.
      error = call.endedBy ?? AppError.from(thrown);
      throw error;
    } finally {
      deadlines.remove(call);
      release?.();
      events.emit('callEnded', {
        target,
        method: path,
        status: error?.status ?? 'OK',
        durationMs: clock.monotonicMs() - call.startedAtMs,
        attempts: call.attempts,
        peer: call.subchannel?.address,
        error,
      });
    }
  };

  function limit(call: UnaryCall, timeoutMs: number): void {
    call.deadlineMs = deadlineOf(call, timeoutMs, deadline.marginMs);
    if (call.deadlineMs === Infinity) return;
    if (!(call.deadlineMs > call.startedAtMs)) throw expired(call); // nor does NaN leave any time
    deadlines.add(call);
  }

  async function tryAgain(attempted: Attempted, failed: FailedOutcome): Promise<AttemptOutcome> {
    const { call, options } = attempted;
    let outcome: AttemptOutcome = failed;
    if (outcome.kind === 'failure' && outcome.isUnprocessed && call.endedBy === undefined) {
      // No handler saw it, so once more at once: that repeats nothing and adds no load. What follows is a retry like others.
      call.transparentRetries = 1;
      outcome = await makeAttempt(attempted);
    }
    const isAllowed = options.retry !== false && call.incoming?.isRetry !== true && call.endedBy === undefined;
    if (!isAllowed || !mayRetry(outcome)) return outcome;
    return retries.after(outcome, { method: descriptor, call }, async (delayMs) => {
      if (delayMs > 0) await clock.sleep(delayMs, call.signal);
      if (call.endedBy !== undefined) throw call.endedBy;
      const next = await makeAttempt(attempted);
      if (call.endedBy !== undefined && next.kind !== 'reply') throw call.endedBy;
      return next;
    });
  }
}

/** Sends on whose call it is: what the caller's metadata says, else what the incoming call says. */
function identify(call: UnaryCall, options: Options, newId: NewId): void {
  const { incoming } = call;
  const own = options.metadata === undefined ? undefined : takeApart(options.metadata);
  call.callId = own?.callId ?? incoming?.callId ?? newId();
  call.authorization = own?.authorization ?? (options.token === undefined ? incoming?.authorization : undefined);
  call.priority = own?.priority ?? incoming?.priority;
  call.isRetry = own?.isRetry === true || incoming?.isRetry === true;
  call.affinity = options.affinity ?? incoming?.peer;
  call.traceparent = own?.traceparent;
  call.tracestate = own?.tracestate;
  call.metadata = own?.metadata;
}
