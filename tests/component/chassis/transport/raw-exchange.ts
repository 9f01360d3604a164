import { Client, credentials, type ChannelOptions, type ClientDuplexStream } from '@grpc/grpc-js';

import {
  Call,
  ClientSettings,
  ExchangeRequest,
  ExchangeResponse,
  type ClientFrame,
  type ServerFrame,
} from '../../../../gen/tradewind/transport/v1/transport.ts';
import { eventually } from '../../../support/eventually.ts';

type Frame = NonNullable<ClientFrame['frame']>;
type Answer = NonNullable<ServerFrame['frame']>;

/** How a stream ended. */
export interface RawStatus {
  readonly code: number;
  readonly details: string;
}

/**
 * A peer of another make: it speaks the contract through the generated code alone, and may say what the contract does not
 * allow.
 */
export interface RawExchange extends AsyncDisposable {
  readonly stream: ClientDuplexStream<Buffer, Buffer>;
  /** Every frame that came. */
  readonly frames: readonly Answer[];
  status(): Promise<RawStatus>;
  readonly hasEnded: boolean;
  send(...frames: Frame[]): void;
  sendBytes(bytes: Uint8Array): void;
  /** The frames of this kind, once there are so many. */
  received<Kind extends Answer['$case']>(kind: Kind, count?: number): Promise<readonly ValueOf<Kind>[]>;
}

type ValueOf<Kind extends Answer['$case']> = Extract<Answer, { readonly $case: Kind }>['value'];

const identity = (bytes: Buffer) => bytes;

/** Opens a stream on a connection of its own. */
export function openRaw(address: string, options: ChannelOptions = {}): RawExchange {
  const client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1, ...options });
  const exchange = rawExchange(client);
  return {
    ...exchange,
    get hasEnded() {
      return exchange.hasEnded;
    },
    async [Symbol.asyncDispose]() {
      exchange.stream.cancel();
      client.close();
    },
  };
}

/** Opens a stream on this client's connection, which stays open. */
export function rawExchange(client: Client): RawExchange {
  const stream: ClientDuplexStream<Buffer, Buffer> = client.makeBidiStreamRequest(
    '/tradewind.transport.v1.TransportService/Exchange',
    identity,
    identity,
  );
  const frames: Answer[] = [];
  const ended = Promise.withResolvers<RawStatus>();
  let status: RawStatus | undefined;
  stream.on('data', (batch: Buffer) => {
    for (const { frame } of ExchangeResponse.decode(batch).frames) if (frame !== undefined) frames.push(frame);
  });
  stream.on('error', () => undefined);
  stream.on('status', (received: RawStatus) => {
    status = received;
    ended.resolve(received);
  });
  return {
    stream,
    frames,
    get hasEnded() {
      return status !== undefined;
    },
    status: () => ended.promise,
    send: (...sent) => {
      const batch = ExchangeRequest.encode({ frames: sent.map((frame) => ({ frame })) }).finish();
      stream.write(Buffer.from(batch));
    },
    sendBytes: (bytes) => void stream.write(Buffer.from(bytes)),
    received: (kind, count = 1) =>
      eventually(() => {
        const found = frames.filter((frame) => frame.$case === kind);
        if (found.length < count) throw new Error(`${found.length} of ${count} ${kind}: ${JSON.stringify(status)}`);
        return found.map(({ value }) => value as ValueOf<typeof kind>); // the filter above says so
      }),
    async [Symbol.asyncDispose]() {
      stream.cancel();
    },
  };
}

/** The settings frame of a well-behaved client. */
export const HELLO: Frame = { $case: 'settings', value: ClientSettings.fromPartial({ version: 1 }) };

/** A call's frame. */
export function callFrame(call: Partial<Call>): Frame {
  return { $case: 'call', value: { ...Call.fromPartial({}), ...call } };
}

/** A cancel's frame. */
export function cancelFrame(id: number): Frame {
  return { $case: 'cancel', value: { id } };
}
