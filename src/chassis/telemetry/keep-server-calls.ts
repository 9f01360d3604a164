import { SpanKind, SpanStatusCode } from '@opentelemetry/api';

import { STATUS_CODES, type Events } from '../core/index.ts';
import type { ServerCallEvents } from '../middleware/server/index.ts';
import { factAttributes, isServerFault, rpcAttributes } from '../tracing/index.ts';
import type { Traces } from './tracing.ts';

/**
 * The tail rule for calls served: one that is not recorded leaves a span all the same when it is our fault that it failed,
 * or when it took longer than `slowMs`. Streams last as long as they are read, and are never slow. A call that is fine
 * costs two comparisons.
 */
export function keepServerCalls(
  events: Events<ServerCallEvents>,
  { kept, sampling }: Pick<Traces, 'kept' | 'sampling'>,
): void {
  if (kept === undefined) return;
  events.on('ended', ({ call, span, isStream, status, durationMs, transport, error }) => {
    const isSlow = durationMs > sampling.slowMs && !isStream;
    if (!isSlow && !isServerFault(status)) return;
    if (span?.traceparent === undefined || span.isRecording) return;
    kept.keep({
      name: call.method.slice(1),
      kind: SpanKind.SERVER,
      traceparent: span.traceparent,
      isOwn: span.isRoot,
      durationMs,
      attributes: {
        ...rpcAttributes(call.method),
        ...factAttributes(call.facts),
        'rpc.grpc.status_code': STATUS_CODES[status],
        'tradewind.transport': transport,
        ...(error !== undefined && { 'error.type': error.reason }),
      },
      status: isServerFault(status)
        ? { code: SpanStatusCode.ERROR, message: error?.message ?? status }
        : { code: SpanStatusCode.UNSET },
    });
  });
}
