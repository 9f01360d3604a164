import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context as otelContext,
  defaultTextMapGetter,
  isSpanContextValid,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';

import type { Clock } from '../chassis/core/index.ts';
import { httpStatusOf } from '../chassis/errors/index.ts';
import type { Traces } from '../chassis/telemetry/index.ts';
import { toTraceparent } from '../chassis/tracing/index.ts';
import { toAppError } from './http-error.ts';
import { requestTarget } from './request-target.ts';

/** What requests are traced with. */
export type HttpTracing = Pick<Traces, 'tracer' | 'propagator' | 'sampling' | 'kept'> & {
  readonly clock: Pick<Clock, 'monotonicMs'>;
};

/** How a request was answered. */
interface Answered {
  readonly status: number;
  readonly error?: { readonly reason: string; readonly message: string };
}

/**
 * Does the work inside a server span below the caller's (W3C trace context); attributes follow OpenTelemetry's HTTP conventions.
 * One that is not recorded leaves its span all the same when it is answered 5xx or takes longer than `slowMs`.
 */
export async function withinSpan<T>(tracing: HttpTracing, request: FastifyRequest, work: () => Promise<T>): Promise<T> {
  const parent = tracing.propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
  const name = `HTTP ${request.method}`;
  const attributes = { 'http.request.method': request.method, 'url.path': requestTarget(request.url).path };
  const span = tracing.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
  const startedMs = tracing.clock.monotonicMs();
  let answered: Answered = { status: 200 };
  try {
    return await otelContext.with(trace.setSpan(parent, span), work);
  } catch (thrown) {
    const error = toAppError(thrown);
    answered = { status: httpStatusOf(error), error };
    throw thrown;
  } finally {
    const outcome = { ...answered, name, attributes: { ...attributes, ...outcomeAttributes(answered) } };
    if (span.isRecording()) end(span, outcome);
    else keepBad(tracing, { ...outcome, span, parent, durationMs: tracing.clock.monotonicMs() - startedMs });
  }
}

function outcomeAttributes({ status, error }: Answered): Attributes {
  return { 'http.response.status_code': status, ...(error !== undefined && { 'error.type': error.reason }) };
}

/** A server's span is an error from 500 on. Source: OpenTelemetry's semantic conventions for HTTP. */
function statusOf({ status, error }: Answered) {
  if (status < 500) return { code: SpanStatusCode.UNSET };
  return { code: SpanStatusCode.ERROR, ...(error !== undefined && { message: error.message }) };
}

function end(span: Span, outcome: Answered & { readonly attributes: Attributes }): void {
  span.setAttributes(outcome.attributes);
  span.setStatus(statusOf(outcome));
  span.end();
}

function keepBad(
  { kept, sampling }: HttpTracing,
  call: Answered & {
    readonly name: string;
    readonly attributes: Attributes;
    readonly span: Span;
    readonly parent: Context;
    readonly durationMs: number;
  },
): void {
  const ids = call.span.spanContext();
  const isBad = call.status >= 500 || call.durationMs > sampling.slowMs;
  if (kept === undefined || !isBad || !isSpanContextValid(ids)) return;
  const above = trace.getSpanContext(call.parent);
  const { name, attributes, durationMs } = call;
  kept.keep({
    ...{ name, attributes, durationMs, kind: SpanKind.SERVER, status: statusOf(call) },
    traceparent: toTraceparent(ids),
    isOwn: true,
    parentId: above?.spanId,
  });
}
