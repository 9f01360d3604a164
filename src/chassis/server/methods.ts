import type {
  Metadata as GrpcMetadata,
  ServiceDefinition,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';

import { NOBODY, type Contract } from '../contract/index.ts';
import type { Clock } from '../core/index.ts';
import { createUnaryChain, type Admission, type ChainOptions, type ServedMethod } from '../middleware/server/index.ts';
import type { MessageEncoder, ServedUnary, UnaryDispatcher } from '../transport/index.ts';
import type { Validate } from '../validation/index.ts';
import type { BoundMethod, ServiceBinding } from './binding.ts';
import type { ChainOf } from './chain.ts';
import { toBuffer } from './metadata.ts';
import { createBidiStreaming, createClientStreaming, createServerStreaming } from './streaming-methods.ts';

/** What the methods of one server share. */
export interface MethodsOptions extends Omit<ChainOptions, 'parts'> {
  readonly chainOf: ChainOf;
  readonly contract: Pick<Contract, 'method'>;
  /** By path. */
  readonly rules: ReadonlyMap<string, Validate>;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  readonly encode: MessageEncoder;
  /** Who a call comes from, where its connection says so. */
  readonly callerOf: (headers: GrpcMetadata) => string | undefined;
  readonly admission: Admission;
}

/** The methods of one server, as grpc-js and the transports need them. */
export interface Methods {
  /** Every unary method; calls of them never reach the handlers below. */
  readonly dispatcher: UnaryDispatcher;
  /** For grpc-js's addService. */
  readonly services: readonly {
    readonly definition: ServiceDefinition;
    readonly implementation: UntypedServiceImplementation;
  }[];
}

/** Puts every bound method behind its chain, once. Infrastructure: health and reflection. */
export function createMethods(
  bindings: { readonly business: readonly ServiceBinding[]; readonly infrastructure: readonly ServiceBinding[] },
  options: MethodsOptions,
): Methods {
  const unary = new Map<string, ServedUnary>();
  const toService = (binding: ServiceBinding, isInfrastructure: boolean) => {
    const definition: Record<string, ServiceDefinition[string]> = {};
    const implementation: UntypedServiceImplementation = {};
    for (const method of binding.methods) {
      const served = describeMethod(method, isInfrastructure, options);
      const chain = { ...options, parts: options.chainOf(served.kind) };
      definition[method.path] = toGrpcMethod(method, options.encode);
      if (method.requestStream || method.responseStream) {
        implementation[method.path] = createStreaming(method, served, chain, options);
      } else {
        implementation[method.path] = unreachable;
        unary.set(method.path, toServedUnary(method, served, chain, options));
      }
    }
    return { definition, implementation };
  };
  const services = [
    ...bindings.business.map((binding) => toService(binding, false)),
    ...bindings.infrastructure.map((binding) => toService(binding, true)),
  ];
  return { dispatcher: { find: (path) => unary.get(path) }, services };
}

function describeMethod(
  { path, requestStream, responseStream }: BoundMethod,
  isInfrastructure: boolean,
  { contract, rules }: MethodsOptions,
): ServedMethod {
  const isStream = requestStream || responseStream;
  return {
    path,
    kind: isInfrastructure ? 'infrastructure' : isStream ? 'stream' : 'unary',
    requestStream,
    access: contract.method(path)?.access ?? 'admin',
    priority: isInfrastructure ? 'exempt' : (contract.method(path)?.priority ?? 'normal'),
    callers: contract.method(path)?.callers ?? NOBODY,
    validate: rules.get(path),
  };
}

function toServedUnary(
  method: BoundMethod,
  served: ServedMethod,
  chain: ChainOptions,
  { encode, admission }: Pick<MethodsOptions, 'encode' | 'admission'>,
): ServedUnary {
  return {
    path: method.path,
    decodeRequest: (bytes) => method.decodeRequest(bytes),
    encodeResponse: (message) => method.encodeResponse(message, encode),
    refuse: served.priority === 'exempt' ? undefined : (headers) => admission.refuse(served, headers),
    serve: createUnaryChain(served, (request, context) => method.handle(request, context), chain),
  };
}

function createStreaming(
  method: BoundMethod,
  served: ServedMethod,
  chain: ChainOptions,
  { clock, callerOf, admission }: MethodsOptions,
): UntypedHandleCall {
  const options = { method, served, chain, clock, callerOf, admission };
  if (!method.responseStream) return createClientStreaming(options);
  return method.requestStream ? createBidiStreaming(options) : createServerStreaming(options);
}

function toGrpcMethod(method: BoundMethod, encode: MessageEncoder): ServiceDefinition[string] {
  const { path, requestStream, responseStream } = method;
  const isUnary = !requestStream && !responseStream;
  return {
    path,
    requestStream,
    responseStream,
    requestDeserialize: (bytes) => method.decodeRequest(bytes),
    // Unary answers are encoded before grpc-js gets them, so that a failure of it is an answer too.
    responseSerialize: isUnary ? asItIs : (message) => toBuffer(method.encodeResponse(message, encode)),
    requestSerialize: asItIs, // a client's half, which no server uses
    responseDeserialize: asItIs,
  };
}

const asItIs = (message: Buffer): Buffer => message;

/** Stands in grpc-js's table, for it to know the path: what answers unary calls is the interceptor. */
function unreachable(): never {
  throw new Error('a unary call passed by answerPlainUnary');
}
