import { Metadata, type CallOptions } from 'nice-grpc-common';

import type { Balancer } from '../balancer/index.ts';
import { STATUS_CODES, type Clock } from '../core/index.ts';
import { codeOf, type AttemptOutcome } from '../middleware/client/index.ts';
import type { CallTracer, ClientTrace } from '../tracing/index.ts';
import type { CallHeaders, UnaryAttempt, UnaryMethod } from '../transport/index.ts';
import { nextPick, type Pick } from './picking.ts';
import type { UnaryCall } from './unary-call.ts';

/** What attempts of one method need. */
export interface AttemptParts {
  readonly method: UnaryMethod;
  readonly balancer: Balancer;
  readonly clock: Clock;
  readonly tracing: CallTracer;
}

/**
 * Makes one attempt: a span, a pick, the transport of the subchannel that was picked. Rejects when the call was ended from
 * outside; whatever else becomes of it is an outcome.
 */
export async function makeAttempt(
  parts: AttemptParts,
  call: UnaryCall,
  request: unknown,
  { onHeader, onTrailer }: CallOptions,
): Promise<AttemptOutcome> {
  const { balancer, tracing } = parts;
  call.attempts += 1;
  const span = tracing.client(call);
  let outcome: AttemptOutcome | undefined;
  try {
    const pick = balancer.picker.pick(call);
    outcome = await send(parts, call, request, span, pick.kind === 'queue' ? await nextPick(balancer, call) : pick);
  } finally {
    if (span.isRecording) endSpan(span, call, outcome);
  }
  if (outcome.kind !== 'unsent') {
    if (onHeader !== undefined && outcome.header !== undefined) onHeader(outcome.header);
    onTrailer?.(outcome.trailer ?? Metadata());
  }
  if (outcome.kind === 'failure' && call.endedBy !== undefined) throw call.endedBy;
  return outcome;
}

function send(
  { method, clock }: AttemptParts,
  call: UnaryCall,
  request: unknown,
  span: ClientTrace,
  pick: Pick,
): Promise<AttemptOutcome> | AttemptOutcome {
  if (pick.kind === 'fail') return { kind: 'unsent', error: pick.error };
  const { subchannel, onStart, onEnd } = pick;
  const transport = subchannel.unary;
  const startedAtMs = clock.monotonicMs();
  call.subchannel = subchannel;
  subchannel.begin(call);
  onStart?.(startedAtMs);
  return new Promise((resolve) => {
    const attempt: UnaryAttempt = {
      method,
      request,
      headers: headersOf(call, span, startedAtMs),
      carrier: undefined,
      done(outcome) {
        call.landed();
        subchannel.end(call);
        if (onEnd !== undefined) {
          const endedAtMs = clock.monotonicMs();
          onEnd(codeIn(call, outcome), endedAtMs - startedAtMs, endedAtMs);
        }
        resolve(outcome);
      },
    };
    call.carriedBy(transport, attempt);
    transport.start(attempt);
  });
}

function headersOf(call: UnaryCall, { traceparent, tracestate }: ClientTrace, nowMs: number): CallHeaders {
  return {
    callId: call.callId,
    timeoutMs: call.deadlineMs === Infinity ? undefined : call.deadlineMs - nowMs,
    isRetry: call.isRetry || call.tries > 1,
    authorization: call.authorization,
    traceparent: traceparent ?? call.traceparent,
    tracestate: traceparent === undefined ? call.tracestate : tracestate,
    metadata: call.metadata,
  };
}

function endSpan(span: ClientTrace, call: UnaryCall, outcome: AttemptOutcome | undefined): void {
  const peer = outcome?.kind === 'unsent' ? undefined : call.subchannel?.address;
  const message = outcome?.kind === 'failure' ? outcome.message : call.endedBy?.message;
  const code = outcome === undefined ? STATUS_CODES.CANCELLED : codeIn(call, outcome);
  span.end(code, { peer, transport: call.subchannel?.unary.name, message });
}

/** What an attempt that was cut short counts as is why: a passed deadline is the endpoint's failure, a cancellation is not. */
function codeIn(call: UnaryCall, outcome: AttemptOutcome): number {
  return outcome.kind === 'failure' && call.endedBy !== undefined ? call.endedBy.code : codeOf(outcome);
}
