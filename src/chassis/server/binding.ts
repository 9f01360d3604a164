import { BinaryReader, type BinaryWriter } from '@bufbuild/protobuf/wire';
import type { CompatServiceDefinition, ServiceImplementation, TsProtoServiceDefinition } from 'nice-grpc';

import { MalformedMessage, type HandlerContext } from '../middleware/server/index.ts';
import type { MessageEncoder } from '../transport/index.ts';

/** A service and what answers its calls. Made by bind(), so that the two fit. */
export interface ServiceBinding {
  /** "tradewind.user.v1.UserService". */
  readonly fullName: string;
  readonly methods: readonly BoundMethod[];
}

/** One RPC and its handler. */
export interface BoundMethod {
  /** "/package.Service/Method". */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** Does not throw: bytes that are no message become a MalformedMessage, which the chain refuses. */
  decodeRequest(bytes: Uint8Array): unknown;
  /** Throws for a value that its field cannot hold. Takes a partial message, as handlers return it. */
  encodeResponse(message: unknown, encode: MessageEncoder): Uint8Array;
  /** Requests and responses are messages, or AsyncIterables of them, as the method streams. */
  handle(request: unknown, context: HandlerContext): unknown;
}

/** What ts-proto generates takes protobuf's own reader and writer; nice-grpc's type of it, which it has to fit, does not say so. */
interface MessageType {
  encode(message: unknown, writer?: BinaryWriter): BinaryWriter;
  decode(input: BinaryReader | Uint8Array): unknown;
  fromPartial?(object: unknown): unknown;
}

/** Pairs a generated service definition with its handlers, which keep their `this`. */
export function bind<Definition extends CompatServiceDefinition & TsProtoServiceDefinition>(
  definition: Definition,
  implementation: ServiceImplementation<Definition>,
): ServiceBinding {
  const { fullName, methods } = definition;
  // A binding forgets which service it is; nothing reads the handlers' types after this point.
  const handlers = implementation as unknown as Readonly<Record<string, BoundMethod['handle']>>;
  return {
    fullName,
    methods: Object.entries(methods).map(([name, { name: rpc, requestStream, responseStream, ...types }]) => {
      const requestType = types.requestType as unknown as MessageType;
      const responseType = types.responseType as unknown as MessageType;
      const handler = handlers[name];
      if (handler === undefined) throw new Error(`${fullName} has no handler for ${rpc}`);
      return {
        path: `/${fullName}/${rpc}`,
        requestStream,
        responseStream,
        decodeRequest: strictDecode(requestType),
        encodeResponse: (message, encode) => encode(responseType, responseType.fromPartial?.(message) ?? message),
        handle: handler.bind(implementation),
      };
    }),
  };
}

/** The generated decoder turns invalid UTF-8 into U+FFFD; proto3 wants such a message refused. */
function strictDecode(type: MessageType): (bytes: Uint8Array) => unknown {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const decodeUtf8 = (bytes: Uint8Array) => utf8.decode(bytes);
  return (bytes) => {
    try {
      return type.decode(new BinaryReader(bytes, decodeUtf8));
    } catch (error) {
      return new MalformedMessage(error);
    }
  };
}
