import { Metadata, type CallOptions } from 'nice-grpc-common';

import type { Balancer } from '../balancer/index.ts';
import { STATUS_CODES, type Clock } from '../core/index.ts';
import { codeOf, type AttemptOutcome, type ChassisCallOptions } from '../middleware/client/index.ts';
import type { CallTracer, ClientTrace } from '../tracing/index.ts';
import type { CallHeaders, UnaryAttempt, UnaryMethod, UnaryOutcome } from '../transport/index.ts';
import { nextPick, type Pick } from './picking.ts';
import type { UnaryCall } from './unary-call.ts';

/** What attempts of one method need. */
export interface AttemptParts {
  readonly method: UnaryMethod;
  readonly balancer: Balancer;
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
  const sent = new Promise<UnaryOutcome>((resolve, reject) => {
    const attempt: UnaryAttempt = {
      method: parts.method,
      request: attempted.request,
      headers: headersOf(call, trace, startedAtMs),
      carrier: undefined,
      done(outcome) {
        call.landed();
        pick.subchannel.end(call);
        try {
          if (pick.onEnd !== undefined) {
            const nowMs = parts.clock.monotonicMs();
            pick.onEnd(codeIn(call, outcome), nowMs - startedAtMs, nowMs);
          }
          if (trace.isRecording) endTrace(trace, call, outcome, transport.name);
          resolve(outcome);
        } catch (error) {
          reject(error as Error); // what a policy or a tracer threw ends this call, not the transport with all of them
        }
      },
    };
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

function headersOf(call: UnaryCall, { traceparent, tracestate }: ClientTrace, nowMs: number): CallHeaders {
  return {
    callId: call.callId,
    timeoutMs: call.deadlineMs === Infinity ? undefined : call.deadlineMs - nowMs,
    isRetry: call.isRetry || call.tries > 1,
    priority: call.priority,
    authorization: call.authorization,
    traceparent: traceparent ?? call.traceparent,
    tracestate: traceparent === undefined ? call.tracestate : tracestate,
    metadata: call.metadata,
  };
}

function endTrace(trace: ClientTrace, call: UnaryCall, outcome: UnaryOutcome, transport: string): void {
  const message = call.endedBy?.message ?? (outcome.kind === 'failure' ? outcome.message : undefined);
  trace.end(codeIn(call, outcome), { peer: call.subchannel?.address, transport, message });
}

/** What an attempt that was cut short counts as is why: a passed deadline is the endpoint's failure, a cancellation is not. */
function codeIn(call: UnaryCall, outcome: UnaryOutcome): number {
  return outcome.kind === 'failure' && call.endedBy !== undefined ? call.endedBy.code : codeOf(outcome);
}

function tellCaller({ onHeader, onTrailer }: CallOptions, outcome: UnaryOutcome): void {
  if (onHeader !== undefined && outcome.header !== undefined) onHeader(outcome.header);
  if (onTrailer !== undefined) onTrailer(outcome.trailer ?? Metadata());
}
