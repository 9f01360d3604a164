import type { CallOptions, Client, TsProtoServiceDefinition } from 'nice-grpc';

import type { ChassisCallOptions, ChassisClientMiddleware } from '../middleware/client/index.ts';
import type { EncodableType, MessageEncoder, UnaryMethod } from '../transport/index.ts';
import { createSingleResponseMethod, createStreamResponseMethod } from './streaming-method.ts';
import { calledMethodOf } from './method-calling.ts';
import { createUnaryMethod, type UnaryChain } from './unary-method.ts';

/** A client as nice-grpc types it, with the chassis's call options. Its errors are AppErrors. */
export type ChassisClient<Definition extends TsProtoServiceDefinition> = Client<Definition, ChassisCallOptions>;

/** What the clients of one target share. */
export interface TargetParts {
  /** What unary calls go through. */
  readonly unary: UnaryChain;
  /** What streams go through. */
  readonly streaming: ChassisClientMiddleware;
}

type MethodDefinition = TsProtoServiceDefinition['methods'][string];

/** Builds every method of the definition over the target's balancer. */
export function createClient<Definition extends TsProtoServiceDefinition>(
  definition: Definition,
  parts: TargetParts,
  defaults: CallOptions & ChassisCallOptions,
): ChassisClient<Definition> {
  const { target, balancer, clock, encode } = parts.unary;
  const methods = Object.entries(definition.methods).map(([name, method]) => {
    const { requestStream, responseStream, options } = method;
    const descriptor = { path: `/${definition.fullName}/${method.name}`, requestStream, responseStream, options };
    if (!requestStream && !responseStream) {
      const codec = unaryMethod(descriptor.path, method, encode);
      return [name, createUnaryMethod({ chain: parts.unary, method: codec, descriptor, defaults })];
    }
    const terminal = { definition, name, balancer, clock };
    const create = responseStream ? createStreamResponseMethod : createSingleResponseMethod;
    const calling = parts.unary.calling.of(calledMethodOf(descriptor));
    return [name, create({ target, descriptor, middleware: parts.streaming, terminal, clock, calling, defaults })];
  });
  return Object.fromEntries(methods) as ChassisClient<Definition>; // built from the very definition the type reads
}

/** Callers may leave fields out, which ts-proto's encode does not stand: fromPartial fills them in, where there is one. */
function unaryMethod(path: string, definition: MethodDefinition, encode: MessageEncoder): UnaryMethod {
  const { requestType, responseType } = definition;
  const type = requestType as unknown as EncodableType<unknown>; // ts-proto's, which takes a writer as nice-grpc's type does not say
  const { fromPartial } = requestType;
  return {
    path,
    encodeRequest: fromPartial === undefined ? (m) => encode(type, m) : (m) => encode(type, fromPartial(m)),
    decodeResponse: (bytes) => responseType.decode(bytes) as unknown,
  };
}
