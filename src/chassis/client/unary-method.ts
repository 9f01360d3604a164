import { context } from '@opentelemetry/api';
import type { CallOptions, MethodDescriptor } from 'nice-grpc-common';

import { AppError, currentCall, type Emitter, type NewId } from '../core/index.ts';
import {
  bearer,
  deadlineExceeded,
  deadlineOf,
  endWith,
  errorOf,
  isPassedOn,
  isSpent,
  mayRetry,
  shorterOf,
  takeApart,
  withBaggage,
  type AttemptOutcome,
  type ChassisCallOptions,
  type ClientCallEvents,
  type DeadlineOptions,
  type FailedOutcome,
  type Retries,
} from '../middleware/client/index.ts';
import type { MessageEncoder } from '../transport/index.ts';
import { passBreaker, passBulkhead, verdictOn } from './admission.ts';
import { makeHedgedAttempts } from './hedged-attempts.ts';
import { calledMethodOf } from './method-calling.ts';
import { orElse } from './or-else.ts';
import type { TargetCalling } from './target-calling.ts';
import { makeAttempt, type AttemptParts, type Attempted } from './unary-attempt.ts';
import { UnaryCall } from './unary-call.ts';

/** What the unary methods of one target share. */
export interface UnaryChain extends Omit<AttemptParts, 'method' | 'calling'> {
  readonly target: string;
  readonly encode: MessageEncoder;
  readonly events: Emitter<ClientCallEvents>;
  readonly newId: NewId;
  readonly deadline: DeadlineOptions;
  readonly calling: TargetCalling;
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
 * is as cheap as the multiplexed one. The parts are the same. The breaker stands above the retries: an endpoint that fails
 * is the balancer's matter, a target that fails is the breaker's.
 */
export function createUnaryMethod({ chain, method, descriptor, defaults }: UnaryMethodOptions) {
  const { target, events, clock, newId, deadline, deadlines, retries } = chain;
  const { budget } = chain.calling;
  const { path } = method;
  const calling = chain.calling.of(calledMethodOf(descriptor));
  const parts: AttemptParts = { ...chain, method, calling };
  const started = { target, method: path };
  const expired = (call: UnaryCall) => deadlineExceeded(call, clock);
  const hedges = {
    withdraw: () => budget.withdraw(),
    onSent: () => events.emit('hedged', started),
    onWon: () => events.emit('hedgeWon', started),
  };

  const run = async (request: unknown, options: Options): Promise<unknown> => {
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
    const { breaker, bulkhead } = calling; // those of another service config are not this call's
    let generation: number | undefined;
    let isInside = false;
    let error: AppError | undefined;
    events.emit('callStarted', started);
    try {
      limit(call, options.timeoutMs);
      identify(call, options, newId);
      if (options.token !== undefined && call.authorization === undefined) {
        call.authorization = await bearer(options.token, call);
      }
      if (breaker !== undefined) generation = passBreaker(breaker, started, events);
      if (bulkhead !== undefined) {
        if (!bulkhead.tryEnter()) await passBulkhead(bulkhead, call, events);
        isInside = true;
      }
      if (call.endedBy !== undefined) throw call.endedBy;
      const attempted = { parts, call, request, options };
      let outcome = await begin(attempted);
      if (outcome.kind !== 'reply') outcome = await tryAgain(attempted, outcome);
      if (outcome.kind === 'reply') return outcome.response;
      throw errorOf(path, outcome, { isRetried: call.isSpent });
    } catch (thrown) {
      // Whatever an attempt that was torn down reported, the reason it was torn down for is the truth.
      error = call.endedBy ?? AppError.from(thrown);
      throw error;
    } finally {
      deadlines.remove(call);
      release?.();
      if (isInside) bulkhead?.leave();
      const verdict = error === undefined ? 'success' : verdictOn(error, call);
      if (verdict === 'success') budget.deposit();
      if (generation !== undefined) breaker?.record(generation, verdict);
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

  function limit(call: UnaryCall, ownMs: number | undefined): void {
    const timeoutMs = shorterOf(ownMs, calling.callMs) ?? deadline.defaultTimeoutMs;
    call.deadlineMs = deadlineOf(call, timeoutMs, deadline.marginMs);
    if (call.deadlineMs === Infinity) return;
    if (!(call.deadlineMs > call.startedAtMs)) throw expired(call); // nor does NaN leave any time
    deadlines.add(call);
  }

  function begin(attempted: Attempted): Promise<AttemptOutcome> {
    const { hedging, hedgeDelayMs: delayMs } = calling;
    const { call, options } = attempted;
    const isAllowed = options.retry !== false && call.incoming?.isRetry !== true;
    if (hedging === undefined || delayMs === undefined || !isAllowed) return makeAttempt(attempted);
    return makeHedgedAttempts(attempted, { ...hedges, policy: hedging, delayMs });
  }

  async function tryAgain(attempted: Attempted, failed: FailedOutcome): Promise<AttemptOutcome> {
    const { call, options } = attempted;
    const { retry: policy } = calling;
    let outcome: AttemptOutcome = failed;
    if (outcome.kind === 'failure' && outcome.isUnprocessed && call.endedBy === undefined) {
      // No handler saw it, so once more at once: that repeats nothing and adds no load. What follows is a retry like others.
      call.transparentRetries = 1;
      outcome = await makeAttempt(attempted);
    }
    const isAllowed = options.retry !== false && call.incoming?.isRetry !== true && call.endedBy === undefined;
    if (!isAllowed || policy === undefined || !mayRetry(outcome, policy)) return outcome;
    const { outcome: last, stopped } = await retries.after(
      outcome,
      { method: descriptor, call, policy },
      async (delayMs) => {
        if (delayMs > 0) await clock.sleep(delayMs, call.signal);
        if (call.endedBy !== undefined) throw call.endedBy;
        const next = await makeAttempt(attempted);
        if (call.endedBy !== undefined && next.kind !== 'reply') throw call.endedBy;
        return next;
      },
    );
    if (last.kind === 'reply' || stopped === undefined || !isSpent(stopped)) return last;
    call.isSpent = !isPassedOn(last);
    events.emit('retriesStopped', { target, method: path, why: stopped });
    return last;
  }

  return (request: unknown, ownOptions?: Options): Promise<unknown> => {
    const options = ownOptions === undefined ? defaults : { ...defaults, ...ownOptions };
    const calling = run(request, options);
    return options.fallback === undefined ? calling : orElse(calling, options.fallback, started, events);
  };
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
  call.metadata = withBaggage(own?.metadata, incoming);
}
