import type { DestinationStream, LevelWithSilent } from 'pino';

import { systemRandom, type Random } from '../core/index.ts';
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
  /** The share, from 0 to 1, that is recorded of the traces that begin here; default: 1. */
  readonly rootRatio?: number | undefined;
  readonly random?: Random;
  /** Where log lines go; default: standard output. */
  readonly logTo?: DestinationStream | undefined;
}

/** Logs, metrics and traces of one process. */
export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly traces: Traces;
  /** Sends and writes what is pending. Idempotent; never rejects. */
  close(): Promise<void>;
}

/** Makes the telemetry of a process; see createTraces for what it registers globally. */
export async function createTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { process, instance, version, level, otlpEndpoint, rootRatio, random = systemRandom, logTo } = options;
  const logger = createLogger({ process, instance, level, ...(logTo === undefined ? {} : { destination: logTo }) });
  const metrics = createMetrics({ process, instance });
  const traces = await createTraces({ process, instance, version, endpoint: otlpEndpoint, rootRatio, random });
  return {
    logger,
    metrics,
    traces,
    async close() {
      try {
        await traces.close();
      } catch (error) {
        logger.warn({ err: error }, 'the last traces could not be sent');
      }
    },
  };
}
