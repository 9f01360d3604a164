import { SpanKind } from '@opentelemetry/api';

import { STATUS_CODES, type Clock } from '../core/index.ts';
import { isServerFaultCode } from './faults.ts';
import type { KeptSpans } from './kept-spans.ts';
import { attemptAttributes, attemptStatus, outcomeAttributes } from './recorded-trace.ts';
import type { SamplingRule } from './sampling.ts';
import type { AttemptDetails, ClientTrace, ServerTrace, TracedCall } from './traces.ts';

/** What decides over attempts that are not recorded. */
export interface AttemptWatch {
  readonly spans: KeptSpans;
  readonly sampling: Pick<SamplingRule, 'slowMs'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** The ids an attempt passes on. */
type Ids = Pick<ServerTrace, 'tracestate' | 'isRoot'> & { readonly traceparent: string };

/**
 * An attempt that is not recorded, and leaves a span all the same when the server failed it or it took too long. One that
 * is fine costs this object and a look at the clock.
 */
export class WatchedAttempt implements ClientTrace {
  readonly traceparent: string;
  readonly tracestate: string | undefined;
  readonly isRecording = true;
  private readonly isRoot: boolean;
  private readonly call: TracedCall;
  private readonly attempts: number;
  private readonly startedMs: number;
  private readonly watch: AttemptWatch;

  constructor({ traceparent, tracestate, isRoot }: Ids, call: TracedCall, watch: AttemptWatch) {
    this.traceparent = traceparent;
    this.tracestate = tracestate;
    this.isRoot = isRoot;
    this.call = call;
    this.attempts = call.attempts;
    this.startedMs = call.attempts === 1 ? call.startedAtMs : watch.clock.monotonicMs();
    this.watch = watch;
  }

  end(code: number, details: AttemptDetails): void {
    const { call, watch } = this;
    const durationMs = watch.clock.monotonicMs() - this.startedMs;
    const isSlow = durationMs > watch.sampling.slowMs && call.isStream !== true;
    if (!isSlow && (code === STATUS_CODES.OK || !isServerFaultCode(code))) return;
    watch.spans.keep({
      name: call.method.slice(1),
      kind: SpanKind.CLIENT,
      traceparent: this.traceparent,
      isOwn: this.isRoot,
      durationMs,
      attributes: {
        ...attemptAttributes(call),
        'tradewind.attempt': this.attempts,
        ...outcomeAttributes(code, details),
      },
      status: attemptStatus(code, details),
    });
  }
}
