import { SpanKind } from '@opentelemetry/api';

import { currentCall } from '../core/index.ts';
import { contextOf, recordedContext, startWork } from '../tracing/index.ts';

/** An event's place in the trace of what caused it. */
export interface EventTrace {
  /** To be kept with the event: consumers go on below it, or link to it. Undefined: nobody traced the cause. */
  readonly traceparent: string | undefined;
  /** The event is written, or will be with the transaction it is in: ends its span. What is never written leaves none. */
  created(event: { readonly type: string; readonly aggregateType: string }): void;
}

/**
 * Begins the span of an event about to be written, a producer's, where its cause is recorded. `cause`: a `traceparent`;
 * default: the call being served. The relay is not in the span: it comes later, for many events at once. Attributes follow
 * OpenTelemetry's messaging conventions ("create").
 */
export function traceEvent(eventId: string, cause?: string): EventTrace {
  const context = cause === undefined ? recordedContext() : contextOf(cause);
  const attributes = {
    'messaging.system': 'tradewind.outbox',
    'messaging.operation.type': 'create',
    'messaging.message.id': eventId,
  };
  const span = context && startWork({ name: 'create', kind: SpanKind.PRODUCER, attributes }, context);
  if (span === undefined) {
    return { traceparent: cause ?? currentCall()?.trace?.traceparent, created: () => undefined };
  }
  return {
    traceparent: span.traceparent,
    created({ type, aggregateType }) {
      span.rename(`create ${type}`);
      span.add({ 'messaging.destination.name': aggregateType, 'tradewind.event.type': type });
      span.end();
    },
  };
}
