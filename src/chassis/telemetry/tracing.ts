import { context, propagation, trace, type TextMapPropagator, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/** Who the spans are from, and where they go. */
export interface TracerOptions {
  readonly process: string;
  readonly instance: string;
  readonly version: string;
  /** An OTLP collector that speaks gRPC; undefined: ids are made and passed on, and no span is recorded. */
  readonly endpoint: string | undefined;
}

/** What makes spans in one process. */
export interface Traces {
  readonly tracer: Tracer;
  readonly propagator: TextMapPropagator;
  /** Sends what is not sent yet. Idempotent. */
  close(): Promise<void>;
}

/**
 * Makes the tracer of a process and registers OpenTelemetry's globals (context manager, propagator, provider), which
 * belong to the process: only its lifecycle calls this. A second call in one process keeps the first one's globals.
 */
export async function createTraces({ process, instance, version, endpoint }: TracerOptions): Promise<Traces> {
  const root = endpoint === undefined ? new AlwaysOffSampler() : new AlwaysOnSampler();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': process,
      'service.namespace': 'tradewind',
      'service.instance.id': instance,
      'service.version': version,
    }),
    sampler: new ParentBasedSampler({ root }),
    spanProcessors: endpoint === undefined ? [] : [await otlpProcessor(endpoint)],
  });
  const propagator = new W3CTraceContextPropagator();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(propagator);
  trace.setGlobalTracerProvider(provider);
  return {
    tracer: provider.getTracer('tradewind', version),
    propagator,
    close: () => provider.shutdown(),
  };
}

/** Loaded only when there is somewhere to send to: the exporter is heavy. */
async function otlpProcessor(endpoint: string): Promise<SpanProcessor> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
  return new BatchSpanProcessor(new OTLPTraceExporter({ url: endpoint }));
}
