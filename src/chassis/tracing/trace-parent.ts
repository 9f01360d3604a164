import { TraceFlags, type SpanContext } from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';

/** Version 00 ends after the flags; a later one may go on behind another dash. Source: https://www.w3.org/TR/trace-context/ */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const LENGTH = 55;

/** Whether this is a `traceparent` that a receiver may believe. One that is not begins a new trace. */
export function isTraceparent(text: string): boolean {
  return TRACEPARENT.test(text) && (text.length === LENGTH || !text.startsWith('00'));
}

/** Whether a valid traceparent says that its caller recorded its part. */
export function isSampled(traceparent: string): boolean {
  return (Number.parseInt(traceparent.slice(LENGTH - 2, LENGTH), 16) & TraceFlags.SAMPLED) !== 0;
}

/** A valid traceparent as version 00 writes it: of a later version only what version 00 knows is sent on. */
export function asVersion00(traceparent: string): string {
  return traceparent.length === LENGTH && traceparent.startsWith('00')
    ? traceparent
    : `00${traceparent.slice(2, LENGTH)}`;
}

/** A `tracestate` as it may be sent on, without the members that break its rules; undefined: nothing is left. */
export function cleanTracestate(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const clean = new TraceState(text).serialize();
  return clean === '' ? undefined : clean;
}

/** What OpenTelemetry takes for a remote parent, of a valid traceparent. */
export function toSpanContext(traceparent: string, tracestate: string | undefined): SpanContext {
  return {
    traceId: traceparent.slice(3, 35),
    spanId: traceparent.slice(36, 52),
    traceFlags: Number.parseInt(traceparent.slice(53, LENGTH), 16),
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: new TraceState(tracestate) }),
  };
}

/** The traceparent of a span. */
export function toTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`;
}
