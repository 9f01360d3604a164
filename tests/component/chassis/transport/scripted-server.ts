import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';

import {
  ExchangeRequest,
  ExchangeResponse,
  ServerSettings,
  type Call,
  type ClientFrame,
  type ServerFrame,
} from '../../../../gen/tradewind/transport/v1/transport.ts';

type Frame = NonNullable<ServerFrame['frame']>;

/** One shared stream as a test answers it by hand. */
export interface ScriptedStream {
  /** Every frame that came, with the calls among them apart. */
  readonly frames: readonly NonNullable<ClientFrame['frame']>[];
  readonly calls: readonly Call[];
  send(...frames: Frame[]): void;
  sendBytes(bytes: Uint8Array): void;
  end(status?: { readonly code: number; readonly details: string }): void;
}

/** A server of another make, that speaks the contract through the generated code alone. */
export interface ScriptedServer extends AsyncDisposable {
  readonly address: string;
  /** Every stream that was opened. */
  readonly streams: readonly ScriptedStream[];
}

const identity = (bytes: Buffer) => bytes;
const EXCHANGE = {
  path: '/tradewind.transport.v1.TransportService/Exchange',
  requestStream: true,
  responseStream: true,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
} as const;

/** The settings frame of a well-behaved server. */
export const WELCOME: Frame = {
  $case: 'settings',
  value: ServerSettings.fromPartial({
    version: 1,
    maxConcurrentCalls: 10,
    maxOutstandingBytes: 1_000,
    maxRequestBytes: 1_000,
    maxMetadataBytes: 1_000,
    maxMethods: 10,
    fragmentBytes: 100,
  }),
};

/** Starts it; `onStream` answers each stream that is opened, the default welcomes it. It may also never read. */
export async function startScriptedServer(
  onStream: (stream: ScriptedStream, index: number) => void = (stream) => stream.send(WELCOME),
  { reads = true }: { readonly reads?: boolean } = {},
): Promise<ScriptedServer> {
  const streams: ScriptedStream[] = [];
  const server = new Server();
  const exchange = (duplex: ServerDuplexStream<Buffer, Buffer>) => {
    const frames: NonNullable<ClientFrame['frame']>[] = [];
    const calls: Call[] = [];
    if (reads)
      duplex.on('data', (batch: Buffer) => {
        for (const { frame } of ExchangeRequest.decode(batch).frames) {
          if (frame === undefined) continue;
          frames.push(frame);
          if (frame.$case === 'call') calls.push(frame.value);
        }
      });
    const stream: ScriptedStream = {
      frames,
      calls,
      send: (...sent) => {
        const batch = ExchangeResponse.encode({ frames: sent.map((frame) => ({ frame })) }).finish();
        duplex.write(Buffer.from(batch));
      },
      sendBytes: (bytes) => void duplex.write(Buffer.from(bytes)),
      end: (status) => void (status === undefined ? duplex.end() : duplex.emit('error', status)),
    };
    streams.push(stream);
    onStream(stream, streams.length - 1);
  };
  server.addService({ exchange: EXCHANGE }, { exchange });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    streams,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}
