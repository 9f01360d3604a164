import { Metadata, type CallOptions } from 'nice-grpc-common';

import type { Balancer } from '../balancer/index.ts';
import { STATUS_CODES, type Clock, type DeadlineWheel } from '../core/index.ts';
import {
  codeOf,
  messageOf,
  shorterOf,
  type AttemptOutcome,
  type ChassisCallOptions,
} from '../middleware/client/index.ts';
import type { CallTracer, ClientTrace } from '../tracing/index.ts';
import type { CallHeaders, UnaryAttempt, UnaryMethod, UnaryOutcome } from '../transport/index.ts';
import { AttemptTimer } from './attempt-timer.ts';
import type { MethodCalling } from './method-calling.ts';
import { nextPick, type Pick } from './picking.ts';
import type { UnaryCall } from './unary-call.ts';

/** What attempts of one method need. */
export interface AttemptParts {
  readonly method: UnaryMethod;
  readonly balancer: Balancer;
  /** How the method is called now. */
  readonly calling: MethodCalling;
  readonly deadlines: DeadlineWheel;
  readonly clock: Clock;
  readonly tracing: CallTracer;
}

/** What every attempt of one call is made of. */
export interface Attempted {
  readonly parts: AttemptParts;
  readonly call: UnaryCall;
  readonly request: unknown;
  readonly options: CallOptions & ChassisCallOptions;
}

/**
 * Makes one attempt: a trace, a pick, the transport of the subchannel that was picked. Rejects with an AbortError when the
 * call was ended from outside before it was sent; whatever else becomes of it is an outcome.
 */
export function makeAttempt(attempted: Attempted): Promise<AttemptOutcome> {
  const { parts, call } = attempted;
  call.attempts += 1;
  const trace = parts.tracing.client(call);
  const pick = parts.balancer.picker.pick(call);
  return pick.kind === 'queue' ? sendLater(attempted, trace) : send(attempted, trace, pick);
}

/**
 * Makes one attempt beside those under way, at another endpoint. Undefined, and nothing is sent, when there is no other one,
 * or `isAffordable`, asked last, says no.
 */
export function makeHedge(attempted: Attempted, isAffordable: () => boolean): Promise<AttemptOutcome> | undefined {
  const { parts, call } = attempted;
  const pick = parts.balancer.picker.pick(call);
  if (pick.kind !== 'picked' || pick.subchannel === call.subchannel || !isAffordable()) return undefined;
  call.attempts += 1;
  return send(attempted, parts.tracing.client(call), pick);
}

async function sendLater(attempted: Attempted, trace: ClientTrace): Promise<AttemptOutcome> {
  const { parts, call } = attempted;
  let pick: Pick;
  try {
    pick = await nextPick(parts.balancer, call);
    if (call.endedBy !== undefined) throw call.endedBy; // meanwhile: nobody would cancel what is sent now
  } catch (error) {
    trace.end(call.endedBy?.code ?? STATUS_CODES.CANCELLED, { message: call.endedBy?.message });
    throw error;
  }
  return send(attempted, trace, pick);
}

function send(attempted: Attempted, trace: ClientTrace, pick: Pick): Promise<AttemptOutcome> {
  const { parts, call } = attempted;
  if (pick.kind === 'fail') {
    const { error } = pick;
    trace.end(error.code, { message: error.message });
    return Promise.resolve({ kind: 'unsent', error });
  }
  const transport = pick.subchannel.unary;
  const startedAtMs = parts.clock.monotonicMs();
  call.subchannel = pick.subchannel;
  call.subchannel.begin(call);
  pick.onStart?.(startedAtMs);
  const { attemptMs, latency } = parts.calling;
  const sent = new Promise<AttemptOutcome>((resolve, reject) => {
    let timer: AttemptTimer | undefined;
    const attempt: UnaryAttempt = {
      method: parts.method,
      request: attempted.request,
      headers: headersOf(call, trace, { nowMs: startedAtMs, attemptMs }),
      carrier: undefined,
      done(arrived) {
        call.landed(attempt);
        pick.subchannel.end(call);
        if (arrived.kind === 'reply') call.subchannel = pick.subchannel; // a hedge may have gone elsewhere since
        if (timer !== undefined) parts.deadlines.remove(timer);
        const outcome = timer?.hasExpired === true ? timedOut(call, arrived, timer.deadlineMs - startedAtMs) : arrived;
        try {
          if (pick.onEnd !== undefined || latency !== undefined) {
            const nowMs = parts.clock.monotonicMs();
            if (latency !== undefined && tellsLatency(call, outcome)) latency.observe(nowMs - startedAtMs);
            pick.onEnd?.(codeIn(call, outcome), nowMs - startedAtMs, nowMs);
          }
          if (trace.isRecording) endTrace(trace, call, outcome, transport.name);
          resolve(outcome);
        } catch (error) {
          reject(error as Error); // what a policy or a tracer threw ends this call, not the transport with all of them
        }
      },
    };
    if (attemptMs !== undefined && startedAtMs + attemptMs < call.deadlineMs) {
      timer = new AttemptTimer(startedAtMs + attemptMs, transport, attempt);
      parts.deadlines.add(timer);
    }
    call.carriedBy(transport, attempt);
    transport.start(attempt);
  });
  const { onHeader, onTrailer } = attempted.options;
  if (onHeader === undefined && onTrailer === undefined) return sent;
  // Behind the promise, for the caller's own context: an answer arrives in that of whoever opened the connection.
  return sent.then((outcome) => {
    tellCaller(attempted.options, outcome);
    return outcome;
  });
}

/** What was cut short took at least as long; what failed, or was called off, says nothing of how long answers take. */
function tellsLatency(call: UnaryCall, outcome: AttemptOutcome): boolean {
  if (outcome.kind !== 'failure') return true;
  return outcome.code === STATUS_CODES.CANCELLED && call.endedBy?.status !== 'CANCELLED';
}

/** An answer that came before the cancellation could be sent is an answer, and a call that has ended is more than its attempt. */
function timedOut(call: UnaryCall, arrived: UnaryOutcome, afterMs: number): AttemptOutcome {
  return arrived.kind === 'reply' || call.endedBy !== undefined ? arrived : { kind: 'timed out', afterMs };
}

function headersOf(
  call: UnaryCall,
  { traceparent, tracestate }: ClientTrace,
  { nowMs, attemptMs }: { readonly nowMs: number; readonly attemptMs: number | undefined },
): CallHeaders {
  const remainingMs = call.deadlineMs === Infinity ? undefined : call.deadlineMs - nowMs;
  return {
    callId: call.callId,
    timeoutMs: shorterOf(remainingMs, attemptMs),
    isRetry: call.isRetry || call.tries > 1,
    priority: call.priority,
    authorization: call.authorization,
    traceparent: traceparent ?? call.traceparent,
    tracestate: traceparent === undefined ? call.tracestate : tracestate,
    metadata: call.metadata,
  };
}

function endTrace(trace: ClientTrace, call: UnaryCall, outcome: AttemptOutcome, transport: string): void {
  const message = call.endedBy?.message ?? (outcome.kind === 'reply' ? undefined : messageOf(outcome));
  trace.end(codeIn(call, outcome), { peer: call.subchannel?.address, transport, message });
}

/** What an attempt that was cut short counts as is why: a passed deadline is the endpoint's failure, a cancellation is not. */
function codeIn(call: UnaryCall, outcome: AttemptOutcome): number {
  return outcome.kind !== 'reply' && call.endedBy !== undefined ? call.endedBy.code : codeOf(outcome);
}

/** Hands on what came beside the answer, to a caller who asked for it. */
export function tellCaller({ onHeader, onTrailer }: CallOptions, outcome: AttemptOutcome): void {
  if (outcome.kind === 'unsent' || outcome.kind === 'timed out') return;
  if (onHeader !== undefined && outcome.header !== undefined) onHeader(outcome.header);
  if (onTrailer !== undefined) onTrailer(outcome.trailer ?? Metadata());
}
