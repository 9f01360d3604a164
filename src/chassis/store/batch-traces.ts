import { SpanKind } from '@opentelemetry/api';

import { AppError } from '../core/index.ts';
import { recordedContext, startWork, type WorkFailure, type WorkSpan } from '../tracing/index.ts';

/** A recorded caller's span of its waiting for a batch. */
export interface TracedWait {
  readonly span: WorkSpan;
  /** An error: nothing came of it for this caller. */
  end(error?: unknown): void;
}

/** Begins the span of waiting for a batch of this job; undefined where the caller is not recorded. */
export function traceWait(job: string): TracedWait | undefined {
  const context = recordedContext();
  if (context === undefined) return undefined;
  const attributes = { 'tradewind.batch.job': job };
  const span = startWork({ name: `wait ${job}`, kind: SpanKind.INTERNAL, attributes }, context);
  return span && { span, end: (error) => span.end(error === undefined ? undefined : failureOf(error)) };
}

/**
 * Writes a batch inside a span of its own. A batch runs in nobody's call, but a trace of one checkout is to show its
 * statements: the span hangs below the first of its callers that is recorded and links to the waiting of the others, whose
 * waiting links back. No caller recorded: no span.
 */
export async function traceBatch<T>(
  job: string,
  batch: readonly { readonly wait: TracedWait | undefined }[],
  write: () => Promise<T>,
): Promise<T> {
  const waits = batch.flatMap(({ wait }) => (wait === undefined ? [] : [wait.span]));
  const [first, ...others] = waits;
  if (first === undefined) return write();
  const size = { 'tradewind.batch.job': job, 'tradewind.batch.size': batch.length };
  const links = others.map(({ ids }) => ({ context: ids }));
  const span = first.child({ name: `batch ${job}`, kind: SpanKind.INTERNAL, attributes: size, links });
  if (span === undefined) return write();
  for (const wait of waits) wait.add(size);
  for (const wait of others) wait.link(span.ids);
  try {
    const result = await span.within(write);
    span.end();
    return result;
  } catch (error) {
    span.end(failureOf(error));
    throw error;
  }
}

function failureOf(error: unknown): WorkFailure {
  const { reason, message } = AppError.from(error);
  return { type: reason, message };
}
