import { backgroundCall, type CallContext } from '../core/index.ts';
import type { SagaDefinition } from './definition.ts';
import type { WorkingSaga } from './log.ts';

/**
 * What a saga's work runs in: a call of nobody, named after the saga, in the trace of what started it and with its baggage.
 * `traceparent`: of the step's own span, where there is one.
 */
export function sagaCall(
  { id, origin, correlationKey }: Pick<WorkingSaga, 'id' | 'origin' | 'correlationKey'>,
  options: {
    readonly job: string;
    readonly subject: SagaDefinition['subject'];
    readonly signal?: AbortSignal;
    readonly traceparent?: string | undefined;
  },
): CallContext {
  const { job, subject, signal, traceparent = origin.traceparent } = options;
  return {
    // What has been accepted is finished before anything new is begun.
    ...backgroundCall({ callId: id, job, priority: 'critical', ...(signal !== undefined && { signal }) }),
    trace: traceparent === undefined ? undefined : { traceparent, tracestate: undefined },
    baggage: origin.baggage,
    facts: { sagaId: id, [subject]: correlationKey },
  };
}
