import { TraceFlags, type SpanContext } from '@opentelemetry/api';
import { millisToHrTime, type InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';

import type { Clock, Random } from '../core/index.ts';
import { toSpanContext, type KeptSpans } from '../tracing/index.ts';

/** What kept spans are made with. */
export interface KeptSpansOptions {
  /** Takes them as if they had been recorded. */
  readonly processor: Pick<SpanProcessor, 'onEnd'>;
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
}

/**
 * Makes spans of what is over, with the ids and times it had. OpenTelemetry's own tracer cannot: it draws ids itself, and
 * a span of a trace that is not sampled is nothing it would send.
 */
export function createKeptSpans({ processor, resource, scope, clock, random }: KeptSpansOptions): KeptSpans {
  return {
    keep({ name, kind, traceparent, isOwn, parentId, durationMs, attributes, status }) {
      const given = toSpanContext(traceparent, undefined);
      const above = isOwn ? parentId : given.spanId;
      const own: SpanContext = {
        traceId: given.traceId,
        spanId: isOwn ? given.spanId : Buffer.from(random.bytes(8)).toString('hex'),
        traceFlags: TraceFlags.SAMPLED,
      };
      const endMs = clock.now();
      processor.onEnd({
        ...{ name, kind, status, resource },
        spanContext: () => own,
        ...(above !== undefined && { parentSpanContext: { ...given, spanId: above } }),
        startTime: millisToHrTime(endMs - durationMs),
        endTime: millisToHrTime(endMs),
        duration: millisToHrTime(durationMs),
        ended: true,
        attributes: { ...attributes, 'tradewind.kept': true },
        links: [],
        events: [],
        instrumentationScope: scope,
        ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
      });
    },
  };
}
