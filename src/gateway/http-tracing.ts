import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context as otelContext,
  defaultTextMapGetter,
  trace,
} from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';

import type { Traces } from '../chassis/telemetry/index.ts';
import { toAppError } from './http-error.ts';
import { httpStatusOf } from '../chassis/errors/index.ts';
import { requestTarget } from './request-target.ts';

/** Does the work inside a server span below the caller's (W3C trace context); attributes follow OpenTelemetry's HTTP conventions. */
export async function withinSpan<T>(
  { tracer, propagator }: Pick<Traces, 'tracer' | 'propagator'>,
  request: FastifyRequest,
  work: () => Promise<T>,
): Promise<T> {
  const parent = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
  const attributes = { 'http.request.method': request.method, 'url.path': requestTarget(request.url).path };
  const span = tracer.startSpan(`HTTP ${request.method}`, { kind: SpanKind.SERVER, attributes }, parent);
  try {
    const result = await otelContext.with(trace.setSpan(parent, span), work);
    span.setAttribute('http.response.status_code', 200);
    return result;
  } catch (thrown) {
    const error = toAppError(thrown);
    const status = httpStatusOf(error);
    span.setAttributes({ 'http.response.status_code': status, 'error.type': error.reason });
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
    throw thrown;
  } finally {
    span.end();
  }
}
