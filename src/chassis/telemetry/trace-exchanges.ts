import { SpanKind } from '@opentelemetry/api';

import type { Clock, Events } from '../core/index.ts';
import type { HttpExchangeEvents } from '../outbound/index.ts';
import { recordWork, recordedContext } from '../tracing/index.ts';

/**
 * A span for each exchange with an outside system in a call that is recorded, made when it has ended. The trace is not told to
 * the outside: it is none of ours. Attributes follow OpenTelemetry's HTTP conventions; the route holds no ids.
 */
export function traceExchanges(events: Events<HttpExchangeEvents>, clock: Pick<Clock, 'now'>): void {
  events.on('exchangeEnded', ({ method, route, durationMs, status }) => {
    const parent = recordedContext();
    if (parent === undefined) return;
    const endMs = clock.now();
    const attributes = {
      'http.request.method': method,
      'url.template': route,
      ...(status !== undefined && { 'http.response.status_code': status }),
    };
    // A client's span is an error from 400 on. Source: OpenTelemetry's semantic conventions for HTTP.
    const failure = status !== undefined && status < 400 ? undefined : { type: status?.toString() ?? 'no answer' };
    const work = { name: `${method} ${route}`, kind: SpanKind.CLIENT, attributes };
    recordWork(work, { startMs: endMs - durationMs, endMs }, { parent, failure });
  });
}
