import { Server, ServerCredentials } from '@grpc/grpc-js';

/** A collector that takes spans over OTLP and drops them: what is sampled is really exported, and nobody reads it. */
export interface Collector extends AsyncDisposable {
  /** host:port. */
  readonly address: string;
}

const drop = () => Buffer.alloc(0);

/** Source: opentelemetry/proto/collector/trace/v1/trace_service.proto; an empty answer says that every span was taken. */
export async function startCollector(): Promise<Collector> {
  const server = new Server();
  server.addService(
    {
      export: {
        path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        requestStream: false,
        responseStream: false,
        requestSerialize: drop,
        requestDeserialize: drop,
        responseSerialize: drop,
        responseDeserialize: drop,
      },
    },
    { export: (_call: unknown, callback: (error: null, value: Buffer) => void) => callback(null, drop()) },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}
