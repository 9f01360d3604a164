import { backgroundCall, currentCall, type CallContext, type CallFacts, type Priority } from '../core/index.ts';
import { recordedTraceparent } from '../tracing/index.ts';

/** What a task keeps of the call that brought it: its names, never its deadline, its signal or its identity. */
export interface Origin {
  readonly callId: string;
  readonly traceparent: string | undefined;
  readonly baggage: string | undefined;
  readonly priority: Priority | undefined;
  readonly facts: CallFacts | undefined;
}

const NOBODY: Origin = {
  callId: '',
  traceparent: undefined,
  baggage: undefined,
  priority: undefined,
  facts: undefined,
};

/** That of the work being done here. */
export function currentOrigin(): Origin {
  const call = currentCall();
  const traceparent = recordedTraceparent() ?? call?.trace?.traceparent;
  if (call === undefined) return traceparent === undefined ? NOBODY : { ...NOBODY, traceparent };
  const { callId, baggage, priority, facts } = call;
  return { callId, traceparent, baggage, priority, facts };
}

/** The call that a task runs in: nobody's, but under the name and in the trace of what brought it. */
export function taskCall(
  { callId, baggage, priority, facts, traceparent: brought }: Origin,
  options: { readonly job: string; readonly signal: AbortSignal; readonly traceparent?: string | undefined },
): CallContext {
  const { job, signal, traceparent = brought } = options;
  return {
    ...backgroundCall({ callId, job, signal }),
    ...{ baggage, priority, facts },
    trace: traceparent === undefined ? undefined : { traceparent, tracestate: undefined },
  };
}
