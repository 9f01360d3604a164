import { context, propagation, trace, type TextMapPropagator, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, ParentBasedSampler, SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace-base';

import { systemClock, systemRandom, type Clock, type Random } from '../core/index.ts';
import {
  SAMPLED_ROOT,
  createCallTracer,
  createSampling,
  type CallTracer,
  type KeptSpans,
  type Sampling,
  type SamplingRule,
} from '../tracing/index.ts';
import { createKeptSpans } from './kept-spans.ts';
import { createOtlpProcessor, type ExportListener } from './otlp-export.ts';

/** Who the spans are from, and where they go. */
export interface TracerOptions {
  readonly process: string;
  readonly instance: string;
  readonly version: string;
  /** An OTLP collector that speaks gRPC; undefined: ids are made and passed on, and no span is recorded. */
  readonly endpoint: string | undefined;
  /** What is recorded at first; default: DEFAULT_SAMPLING. Without an endpoint it is nothing. */
  readonly sampling?: Partial<SamplingRule> | undefined;
  /** Told of each batch that was sent, or could not be. Default: nobody. */
  readonly onExport?: ExportListener | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** What makes spans in one process. */
export interface Traces {
  readonly tracer: Tracer;
  /** Traces the calls of this process, both ways. */
  readonly calls: CallTracer;
  readonly propagator: TextMapPropagator;
  /** May be changed at any time, by who follows the process's settings; in force from the next call on. */
  readonly sampling: Sampling;
  /** Takes calls that are not recorded and deserve a span; undefined: there is nowhere to send it. */
  readonly kept: KeptSpans | undefined;
  /** Sends what is not sent yet. Idempotent. */
  close(): Promise<void>;
}

const NOTHING: Pick<SamplingRule, 'rootRatio'> = { rootRatio: 0 };

/**
 * Makes the tracer of a process and registers OpenTelemetry's globals (context manager, propagator, provider), which
 * belong to the process: only its lifecycle calls this. A second call in one process keeps the first one's globals. Throws
 * a RangeError for a sampling that is none.
 */
export async function createTraces(options: TracerOptions): Promise<Traces> {
  const { process, instance, version, endpoint, onExport = () => undefined } = options;
  const { clock = systemClock, random = systemRandom } = options;
  const sampling = createSampling(options.sampling);
  const inForce = endpoint === undefined ? NOTHING : sampling;
  const processor = endpoint === undefined ? undefined : await createOtlpProcessor({ endpoint, onExport });
  const resource = resourceFromAttributes({
    'service.name': process,
    'service.namespace': 'tradewind',
    'service.instance.id': instance,
    'service.version': version,
  });
  const provider = new BasicTracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: createRootSampler(inForce, random) }),
    spanProcessors: processor === undefined ? [] : [processor],
  });
  const propagator = new W3CTraceContextPropagator();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(propagator);
  trace.setGlobalTracerProvider(provider);
  const scope = { name: 'tradewind', version };
  const tracer = provider.getTracer(scope.name, version);
  const kept = processor && createKeptSpans({ processor, resource, scope, clock, random });
  return {
    tracer,
    calls: createCallTracer({
      ...{ tracer, random, sampling: inForce },
      watch: kept && { spans: kept, sampling, clock },
    }),
    propagator,
    sampling,
    kept,
    close: () => provider.shutdown(),
  };
}

/** Decides for traces that begin here, unless whoever begins one has decided. */
function createRootSampler(rule: Pick<SamplingRule, 'rootRatio'>, random: Random): Sampler {
  return {
    shouldSample(parent) {
      const isRecorded = parent.getValue(SAMPLED_ROOT) === true || random.next() < rule.rootRatio;
      return { decision: isRecorded ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
    },
    toString: () => 'RootSampler',
  };
}
