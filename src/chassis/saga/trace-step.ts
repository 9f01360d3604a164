import { SpanKind } from '@opentelemetry/api';

import { contextOf, idsOf, startWork } from '../tracing/index.ts';
import type { AttemptOptions } from './attempt.ts';
import { directionOf, type SagaFailure } from './state.ts';

/** The span of one attempt of a step. */
export interface StepSpan {
  readonly traceparent: string;
  within<T>(work: () => T): T;
  /** Once; undefined: it succeeded. */
  end(failure: SagaFailure | undefined): void;
}

/**
 * Begins the span of an attempt, below the span of the call that started the saga, whoever makes it; undefined where that
 * was not recorded. Another owner than the one that started the saga, and the same one after its claim was over, links
 * there too: the span above is of another process, or of another life.
 */
export function traceStep({ step, saga, state, claimed }: AttemptOptions): StepSpan | undefined {
  const direction = directionOf(state);
  const started = idsOf(saga.origin.traceparent);
  if (started === undefined) return undefined;
  const { previousOwner } = claimed;
  const span = startWork(
    {
      name: `${direction === 'FORWARD' ? 'step' : 'undo'} ${step.name}`,
      kind: SpanKind.INTERNAL,
      attributes: {
        'tradewind.saga.id': saga.id,
        'tradewind.saga.name': saga.name,
        'tradewind.saga.about': saga.correlationKey,
        'tradewind.saga.step': step.name,
        'tradewind.saga.direction': direction,
        'tradewind.saga.attempt': state.attempt,
        ...(previousOwner !== undefined && { 'tradewind.saga.previous_owner': previousOwner }),
      },
      links: claimed.isFresh ? [] : [{ context: started, attributes: { 'tradewind.link': 'started the saga' } }],
    },
    contextOf(saga.origin.traceparent),
  );
  if (span === undefined) return undefined;
  return {
    traceparent: span.traceparent,
    within: span.within,
    end: (failure) => span.end(failure && { type: failure.reason, message: failure.message }),
  };
}
