import { context, propagation, trace, type TextMapPropagator, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  SamplingDecision,
  type Sampler,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';

import { systemRandom, type Random } from '../core/index.ts';
import { SAMPLED_ROOT, createCallTracer, type CallTracer } from '../tracing/index.ts';

/** Who the spans are from, and where they go. */
export interface TracerOptions {
  readonly process: string;
  readonly instance: string;
  readonly version: string;
  /** An OTLP collector that speaks gRPC; undefined: ids are made and passed on, and no span is recorded. */
  readonly endpoint: string | undefined;
  /** The share, from 0 to 1, that is recorded of the traces that begin here; default: 1. Without an endpoint it is 0. */
  readonly rootRatio?: number | undefined;
  readonly random?: Random;
}

/** What makes spans in one process. */
export interface Traces {
  readonly tracer: Tracer;
  /** Traces the calls of this process, both ways. */
  readonly calls: CallTracer;
  readonly propagator: TextMapPropagator;
  /** Sends what is not sent yet. Idempotent. */
  close(): Promise<void>;
}

/**
 * Makes the tracer of a process and registers OpenTelemetry's globals (context manager, propagator, provider), which
 * belong to the process: only its lifecycle calls this. A second call in one process keeps the first one's globals.
 */
export async function createTraces(options: TracerOptions): Promise<Traces> {
  const { process, instance, version, endpoint, random = systemRandom } = options;
  const rootRatio = endpoint === undefined ? 0 : (options.rootRatio ?? 1);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': process,
      'service.namespace': 'tradewind',
      'service.instance.id': instance,
      'service.version': version,
    }),
    sampler: new ParentBasedSampler({ root: createRootSampler(rootRatio, random) }),
    spanProcessors: endpoint === undefined ? [] : [await otlpProcessor(endpoint)],
  });
  const propagator = new W3CTraceContextPropagator();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(propagator);
  trace.setGlobalTracerProvider(provider);
  const tracer = provider.getTracer('tradewind', version);
  return {
    tracer,
    calls: createCallTracer({ tracer, random, rootRatio }),
    propagator,
    close: () => provider.shutdown(),
  };
}

/** Decides for traces that begin here, unless whoever begins one has decided. */
function createRootSampler(ratio: number, random: Random): Sampler {
  return {
    shouldSample(parent) {
      const isRecorded = parent.getValue(SAMPLED_ROOT) === true || random.next() < ratio;
      return { decision: isRecorded ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
    },
    toString: () => `RootSampler{${ratio}}`,
  };
}

/** Loaded only when there is somewhere to send to: the exporter is heavy. */
async function otlpProcessor(endpoint: string): Promise<SpanProcessor> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
  return new BatchSpanProcessor(new OTLPTraceExporter({ url: endpoint }));
}
