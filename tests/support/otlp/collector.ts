import { fileURLToPath } from 'node:url';

import { Server, ServerCredentials, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { load } from '@grpc/proto-loader';

import { eventually } from '../eventually.ts';
import { toSpans, type CollectedSpan, type ExportRequest } from './collected-span.ts';

/** An OTLP collector that decodes what it gets and keeps it for the test. */
export interface Collector extends AsyncDisposable {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  readonly port: number;
  /** All so far, in the order of their arrival. */
  readonly spans: readonly CollectedSpan[];
  /** Everything that came as text, for what must never be in it. */
  readonly text: string;
  /** What has come once it passes the check, which throws until then. */
  until<T>(check: (spans: readonly CollectedSpan[]) => T, timeoutMs?: number): Promise<T>;
}

const PROTO = fileURLToPath(new URL('./trace.proto', import.meta.url));
const SERVICE = 'opentelemetry.proto.collector.trace.v1.TraceService';

/** Starts one on loopback; `port`: default 0, a free one. */
export async function startCollector({ port = 0 }: { readonly port?: number } = {}): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const server = new Server();
  const definition = loadPackageDefinition(
    await load(PROTO, { longs: String, enums: String, defaults: true, oneofs: true }),
  );
  const service = SERVICE.split('.').reduce<unknown>(
    (found, name) => (found as Record<string, unknown>)[name],
    definition,
  ) as ServiceClientConstructor;
  server.addService(service.service, {
    Export({ request }: { readonly request: ExportRequest }, callback: (error: null, answer: object) => void) {
      spans.push(...toSpans(request));
      callback(null, {});
    },
  });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, taken) =>
      error === null ? resolve(taken) : reject(error),
    );
  });
  return {
    endpoint: `http://127.0.0.1:${bound}`,
    port: bound,
    spans,
    get text() {
      return JSON.stringify(spans);
    },
    until: (check, timeoutMs = 20_000) => eventually(() => check(spans), { timeoutMs }),
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}
