import type { DestinationStream, LevelWithSilent } from 'pino';

import { systemClock, systemRandom, type Clock, type Random } from '../core/index.ts';
import type { SamplingRule } from '../tracing/index.ts';
import { observeExports } from './observe-exports.ts';
import { createLogger, type Logger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createTraces, type Traces } from './tracing.ts';

/** Who is observed, and where it shows. */
export interface TelemetryOptions {
  readonly process: string;
  readonly instance: string;
  readonly version: string;
  readonly level: LevelWithSilent;
  /** Where traces go (OTLP over gRPC); undefined: nowhere. */
  readonly otlpEndpoint: string | undefined;
  /** What is recorded at first; default: DEFAULT_SAMPLING. */
  readonly sampling?: Partial<SamplingRule> | undefined;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Where log lines go; default: standard output. */
  readonly logTo?: DestinationStream | undefined;
}

/** Logs, metrics and traces of one process. */
export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly traces: Traces;
  /** Lines below this level are not written from here on: by who follows the process's settings. */
  setLevel(level: LevelWithSilent): void;
  /** Sends and writes what is pending. Idempotent; never rejects. */
  close(): Promise<void>;
}

/** Makes the telemetry of a process; see createTraces for what it registers globally. */
export async function createTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { process, instance, version, level, otlpEndpoint, sampling, logTo } = options;
  const { clock = systemClock, random = systemRandom } = options;
  const logger = createLogger({ process, instance, level, ...(logTo === undefined ? {} : { destination: logTo }) });
  const metrics = createMetrics({ process, instance }, clock);
  const onExport = observeExports(logger, metrics);
  const traces = await createTraces({
    ...{ process, instance, version, endpoint: otlpEndpoint, sampling, onExport, clock, random },
  });
  return {
    logger,
    metrics,
    traces,
    setLevel(next) {
      logger.level = next;
    },
    async close() {
      try {
        await traces.close();
      } catch (error) {
        logger.warn({ err: error }, 'the last traces could not be sent');
      }
    },
  };
}
