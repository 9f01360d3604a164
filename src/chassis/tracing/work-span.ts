import {
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  context as otelContext,
  isSpanContextValid,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
} from '@opentelemetry/api';

import { isSampled, isTraceparent, toSpanContext, toTraceparent } from './trace-parent.ts';

/** Work inside a process that a recorded trace shows as a span. */
export interface Work {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes?: Attributes;
  readonly links?: readonly Link[];
}

/** The span of work under way. */
export interface WorkSpan {
  /** What the work causes elsewhere hangs below; of version 00. */
  readonly traceparent: string;
  /** For links of others. */
  readonly ids: SpanContext;
  /** Runs something with the span active. */
  within<T>(work: () => T): T;
  add(attributes: Attributes): void;
  /** For work whose name shows only when it is done. */
  rename(name: string): void;
  link(to: SpanContext): void;
  /** Begins work that is part of this one. */
  child(work: Work): WorkSpan | undefined;
  /** Once. Undefined: it succeeded. */
  end(failure?: WorkFailure): void;
}

/** Why work failed, in the words of a span. */
export interface WorkFailure {
  /** Few values: a reason, an SQLSTATE. */
  readonly type: string;
  readonly message?: string;
}

/** Where what is done here belongs, when that is recorded; undefined: it is not, and no span need be made. */
export function recordedContext(): Context | undefined {
  const active = otelContext.active();
  return isRecorded(active) ? active : undefined;
}

/** The `traceparent` of the recorded span that is active here, as an example of what is measured; undefined: there is none. */
export function recordedTraceparent(): string | undefined {
  const span = trace.getSpanContext(otelContext.active());
  return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0 ? toTraceparent(span) : undefined;
}

/** Where work goes on whose trace was kept as a `traceparent`; undefined, or not recorded: in no trace at all. */
export function contextOf(traceparent: string | undefined): Context {
  if (traceparent === undefined || !isTraceparent(traceparent) || !isSampled(traceparent)) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, toSpanContext(traceparent, undefined));
}

/** Runs something where such work goes on: below what was kept, and below nothing of whoever calls. */
export function withinTrace<T>(traceparent: string | undefined, work: () => T): T {
  return otelContext.with(contextOf(traceparent), work);
}

/** The ids of a kept `traceparent`, for links; undefined where it is not recorded. */
export function idsOf(traceparent: string | undefined): SpanContext | undefined {
  return trace.getSpanContext(contextOf(traceparent));
}

/** Whether spans below this context are recorded. */
export function isRecorded(context: Context): boolean {
  const span = trace.getSpanContext(context);
  return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0 && isSpanContextValid(span);
}

/** Runs something where none of the caller's trace follows. */
export function outsideOfTraces<T>(work: () => T): T {
  return otelContext.with(ROOT_CONTEXT, work);
}

/** Begins work; undefined where the context is not recorded. Its tracer is OpenTelemetry's global one, which the process's lifecycle sets. */
export function startWork({ name, kind, attributes = {}, links = [] }: Work, parent: Context): WorkSpan | undefined {
  if (!isRecorded(parent)) return undefined;
  const span = trace.getTracer('tradewind').startSpan(name, { kind, attributes, links: [...links] }, parent);
  return span.isRecording() ? workSpan(span, parent) : undefined;
}

/** Makes the span of work that is over. Times in milliseconds since the epoch. */
export function recordWork(
  { name, kind, attributes = {}, links = [] }: Work,
  times: { readonly startMs: number; readonly endMs: number },
  { parent, failure }: { readonly parent: Context; readonly failure?: WorkFailure | undefined },
): void {
  const options = { kind, attributes, links: [...links], startTime: times.startMs };
  const span = trace.getTracer('tradewind').startSpan(name, options, parent);
  fail(span, failure);
  span.end(times.endMs);
}

function workSpan(span: Span, parent: Context): WorkSpan {
  const ids = span.spanContext();
  const inside = trace.setSpan(parent, span);
  return {
    traceparent: toTraceparent(ids),
    ids,
    within: (work) => otelContext.with(inside, work),
    rename: (name) => void span.updateName(name),
    add: (attributes) => void span.setAttributes(attributes),
    link: (to) => void span.addLink({ context: to }),
    child: (work) => startWork(work, inside),
    end(failure) {
      fail(span, failure);
      span.end();
    },
  };
}

function fail(span: Span, failure: WorkFailure | undefined): void {
  if (failure === undefined) return;
  span.setAttribute('error.type', failure.type);
  span.setStatus({
    code: SpanStatusCode.ERROR,
    ...(failure.message !== undefined && { message: failure.message }),
  });
}
