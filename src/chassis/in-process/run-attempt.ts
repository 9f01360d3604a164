import { SpanKind } from '@opentelemetry/api';

import { AppError, isAbortError, runInCall, throwIfAborted, type Clock } from '../core/index.ts';
import { contextOf, startWork, withinTrace } from '../tracing/index.ts';
import type { AttemptOutcome, Job } from './job.ts';
import { taskCall } from './origin.ts';
import { taskOverdue } from './refusals.ts';

/** What an attempt is made in. */
export interface AttemptOptions {
  readonly queue: string;
  readonly stopping: AbortController;
  readonly timeoutMs: number | undefined;
  readonly clock: Pick<Clock, 'setTimer'>;
  /** Called once, in the call and the span of the attempt, so that what is told of its end is told there. */
  readonly ended: (outcome: AttemptOutcome) => void;
}

/**
 * Runs a task once, in a call and, where that is recorded, a span of its own below what brought it. Its work never begins on the stack of
 * who brought it. Where it stops because it was told to, it failed for the reason that it was told.
 */
export async function runAttempt(job: Job, options: AttemptOptions): Promise<void> {
  const { queue, stopping, timeoutMs, clock, ended } = options;
  const { origin, label, attempts } = job;
  const { signal } = stopping;
  const span = origin.traceparent === undefined ? undefined : startSpan(job, queue);
  const call = taskCall(origin, { job: queue, signal, traceparent: span?.traceparent });
  const timeOut = () => stopping.abort(taskOverdue(queue, `an attempt took longer than ${timeoutMs} ms`));

  const work = async (): Promise<AttemptOutcome> => {
    await Promise.resolve(); // who brought it goes on first
    const timer = timeoutMs === undefined ? undefined : clock.setTimer(timeoutMs, timeOut);
    try {
      throwIfAborted(signal);
      return { kind: 'done', value: await job.run({ signal, attempt: attempts }) };
    } catch (error) {
      return { kind: 'failed', error: signal.aborted && isAbortError(error) ? signal.reason : error };
    } finally {
      timer?.cancel();
    }
  };
  const workAndTell = async () => {
    const outcome = await work();
    span?.end(outcome.kind === 'done' ? undefined : { type: AppError.from(outcome.error).reason, message: label });
    ended(outcome);
  };
  const inCall = () => runInCall(call, workAndTell);
  await (span === undefined ? withinTrace(origin.traceparent, inCall) : span.within(inCall));
}

function startSpan({ origin, label, key, attempts }: Job, queue: string) {
  const attributes = {
    'tradewind.queue': queue,
    'tradewind.attempt': attempts,
    ...(key !== undefined && { 'tradewind.key': key }),
  };
  return startWork({ name: `run ${label}`, kind: SpanKind.INTERNAL, attributes }, contextOf(origin.traceparent));
}
