import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace-base';

/** Told what becomes of spans that were to be sent. */
export type ExportListener = (result: {
  readonly spans: number;
  /** Undefined: the collector has them; else they are lost. */
  readonly error: Error | undefined;
}) => void;

/** How spans leave. */
export interface OtlpExportOptions {
  /** An OTLP collector that speaks gRPC. */
  readonly endpoint: string;
  readonly onExport: ExportListener;
}

/** How spans wait: what does not fit is dropped, so that a collector that is away costs no more memory than this many spans. */
export const EXPORT_LIMITS = {
  maxQueueSize: 4_096,
  maxExportBatchSize: 512,
  scheduledDelayMillis: 1_000,
  exportTimeoutMillis: 5_000,
} as const;

/** Sends spans in batches. The exporter is loaded only when there is somewhere to send to: it is heavy. */
export async function createOtlpProcessor({ endpoint, onExport }: OtlpExportOptions): Promise<SpanProcessor> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
  const timeoutMillis = EXPORT_LIMITS.exportTimeoutMillis;
  return new BatchSpanProcessor(
    listened(new OTLPTraceExporter({ url: endpoint, timeoutMillis }), onExport),
    EXPORT_LIMITS,
  );
}

/** The processor keeps a failed export to itself. */
function listened(exporter: SpanExporter, onExport: ExportListener): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result: ExportResult) => {
        const failed = result.code === ExportResultCode.FAILED;
        onExport({
          spans: spans.length,
          error: failed ? (result.error ?? new Error('the spans could not be sent')) : undefined,
        });
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
