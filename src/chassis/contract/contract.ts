import {
  createFileRegistry,
  fromBinary,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

import { callersOf, type Callers } from './callers.ts';
import {
  accessOf,
  httpRulesOf,
  idempotencyOf,
  priorityOf,
  type AccessLevel,
  type HttpRule,
  type Idempotency,
  type MethodPriority,
} from './options.ts';
import { withoutSourceInfo } from './source-info.ts';

/** One RPC as the contract declares it. */
export interface MethodContract {
  /** "/tradewind.user.v1.UserService/GetUser". */
  readonly path: string;
  /** "tradewind.user.v1.UserService". */
  readonly service: string;
  /** "GetUser". */
  readonly name: string;
  readonly input: DescMessage;
  readonly output: DescMessage;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** Who may call it from outside. */
  readonly access: AccessLevel;
  /** Which processes may call it, where calls come over mutual TLS. */
  readonly callers: Callers;
  readonly idempotency: Idempotency;
  /** What a server under overload refuses first. */
  readonly priority: MethodPriority;
  /** The routes of google.api.http, the main one first; empty: none. */
  readonly http: readonly HttpRule[];
}

/** Everything the descriptor set says, read once. Immutable. */
export interface Contract {
  /** The encoded FileDescriptorSet, with its imports and comments. */
  readonly bytes: Uint8Array;
  readonly registry: FileRegistry;
  /** Every RPC, in the order of files and services. */
  readonly methods: readonly MethodContract[];
  /** The RPC at this path, or undefined. */
  method(path: string): MethodContract | undefined;
  /** Full names of all services. */
  readonly services: readonly string[];
}

/** How much of the descriptor set is read. */
export interface ContractOptions {
  /** Keep comments, for documentation (a file's proto.sourceCodeInfo); default false: they cost some 15 MB. */
  readonly comments?: boolean;
}

/** Reads a FileDescriptorSet that holds its own imports. Throws when it does not. */
export function createContract(bytes: Uint8Array, { comments = false }: ContractOptions = {}): Contract {
  const read = comments ? bytes : withoutSourceInfo(bytes);
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, read));
  const services = [...registry].filter((type) => type.kind === 'service');
  const methods = services.flatMap((service) => service.methods.map((method) => methodContract(method, registry)));
  const byPath = new Map(methods.map((method) => [method.path, method]));
  return {
    bytes,
    registry,
    methods,
    method: (path) => byPath.get(path),
    services: services.map((service) => service.typeName),
  };
}

function methodContract(method: DescMethod, registry: FileRegistry): MethodContract {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    service: method.parent.typeName,
    name: method.name,
    input: method.input,
    output: method.output,
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    access: accessOf(method, registry),
    callers: callersOf(method, registry),
    idempotency: idempotencyOf(method),
    priority: priorityOf(method, registry),
    http: httpRulesOf(method, registry),
  };
}
