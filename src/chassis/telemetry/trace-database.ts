import { SpanKind } from '@opentelemetry/api';

import type { Clock, Events } from '../core/index.ts';
import type { DatabaseEvents } from '../store/index.ts';
import { recordWork, recordedContext } from '../tracing/index.ts';

/**
 * A span for each statement of a call, a batch or a saga step that is recorded, made when the statement has ended: statements
 * elsewhere cost one look at the context. Attributes follow OpenTelemetry's database conventions; never the text's
 * parameters.
 */
export function traceDatabase(events: Events<DatabaseEvents>, clock: Clock): void {
  events.on('statement', ({ name, durationMs, endedAtMs, outcome, rows }) => {
    const parent = recordedContext();
    if (parent === undefined) return;
    const endMs = clock.now() - (clock.monotonicMs() - endedAtMs);
    const attributes = {
      'db.system.name': 'postgresql',
      'db.query.summary': name,
      ...(rows !== undefined && { 'db.response.returned_rows': rows }),
      ...(outcome !== 'ok' && { 'db.response.status_code': outcome }),
    };
    const failure = outcome === 'ok' ? undefined : { type: outcome };
    recordWork(
      { name, kind: SpanKind.CLIENT, attributes },
      { startMs: endMs - durationMs, endMs },
      { parent, failure },
    );
  });
}
