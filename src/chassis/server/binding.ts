import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { CompatServiceDefinition, ServiceImplementation } from 'nice-grpc';

import { MalformedMessage } from '../middleware/server/index.ts';

/** A service and what answers its calls. Made by bind(), so that the two fit. */
export interface ServiceBinding {
  readonly definition: CompatServiceDefinition & { readonly fullName: string };
  readonly implementation: ServiceImplementation<CompatServiceDefinition>;
}

/** A service definition as ts-proto writes it. */
export interface GeneratedDefinition {
  readonly name: string;
  readonly fullName: string;
  readonly methods: Readonly<Record<string, GeneratedMethod>>;
}

interface GeneratedMethod {
  readonly requestType: { decode(input: BinaryReader | Uint8Array): unknown };
}

/** Pairs a generated service definition with its handlers. */
export function bind<Definition extends CompatServiceDefinition & GeneratedDefinition>(
  definition: Definition,
  implementation: ServiceImplementation<Definition>,
): ServiceBinding {
  return {
    definition: strict(definition),
    // A binding forgets which service it is; nothing reads the handlers' types after this point.
    implementation: implementation as unknown as ServiceImplementation<CompatServiceDefinition>,
  };
}

/** The same service; requests that are no valid encoding arrive as a MalformedMessage, which the chain refuses. */
function strict<Definition extends GeneratedDefinition>(definition: Definition): Definition {
  const methods = Object.entries(definition.methods).map(([name, method]) => [
    name,
    { ...method, requestType: { ...method.requestType, decode: strictDecode(method.requestType) } },
  ]);
  return { ...definition, methods: Object.fromEntries(methods) };
}

/** The generated decoder turns invalid UTF-8 into U+FFFD; proto3 wants such a message refused. */
function strictDecode(type: GeneratedMethod['requestType']): (bytes: Uint8Array) => unknown {
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
