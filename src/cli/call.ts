import type { Readable } from 'node:stream';

import type { JsonValue } from '@bufbuild/protobuf';
import { Metadata } from 'nice-grpc-common';

import type { Environment } from '../catalogue.ts';
import { bytesDefinitions, bytesFromJson, jsonFromBytes, type MethodContract } from '../chassis/contract/index.ts';
import { UsageError } from '../usage-error.ts';
import { readMessages } from './call-input.ts';
import { openClients, openRegistry, type SuiteOptions } from './connect.ts';
import { describeByFile, describeByReflection } from './contract-source.ts';
import { parseMethodName } from './method-name.ts';
import { createReflection } from './reflection.ts';

/** What `tradewind call` was asked for. */
export interface CallCommand extends SuiteOptions {
  /** "order.OrderService/GetOrder". */
  readonly method: string;
  /** JSON, "@file", or "-" for standard input, one message a line. */
  readonly request: string;
  /** The process to ask; default: the one the method's name says. */
  readonly process?: string;
  /** host:port, several with commas between: asked instead of the registry. */
  readonly address?: string;
  /** A descriptor set, for servers without reflection. */
  readonly descriptors?: string;
  /** "name: value". */
  readonly header: readonly string[];
  /** A bearer token. */
  readonly token?: string;
  readonly timeoutMs?: number;
}

/** What a command may touch. */
export interface CommandHost {
  readonly environment: Environment;
  readonly stdin: Readable;
  readonly write: (text: string) => void;
  /** Fires at Ctrl-C. */
  readonly signal: AbortSignal;
}

type Options = { readonly metadata: Metadata; readonly signal: AbortSignal; readonly timeoutMs?: number };
type Caller = (request: Uint8Array | AsyncIterable<Uint8Array>, options: Options) => unknown;

/**
 * Calls any method of any process of the suite: found through the registry, balanced, described by the server itself.
 * Prints the answer as JSON; of a stream, one message a line as it arrives. Throws AppErrors and UsageErrors.
 */
export async function runCall(command: CallCommand, host: CommandHost): Promise<void> {
  const name = parseMethodName(command.method);
  const metadata = toMetadata(command.header);
  const { address } = command;
  await using registry = address === undefined ? await openRegistry(command, host.environment) : undefined;
  await using opened = await openClients(command, host.environment, registry);
  const { clients } = opened;
  const target = address === undefined ? `registry:///${command.process ?? name.process}` : `static:///${address}`;

  const described =
    command.descriptors === undefined
      ? await describeByReflection(createReflection(clients, target), name.service)
      : await describeByFile(command.descriptors, name.service);
  const { contract, fullName } = described;
  const method = contract.method(`/${fullName}/${name.method}`);
  if (method === undefined) {
    const all = contract.methods.filter(({ service }) => service === fullName).map((m) => m.name);
    throw new UsageError(`${fullName} has no method ${name.method}; it has ${all.join(', ')}`);
  }

  const definition = bytesDefinitions(contract).get(fullName)!; // the contract was just asked for it
  const token = command.token === undefined ? {} : { token: command.token };
  const client = clients.client(definition, target, token) as unknown as Record<string, Caller>; // bytes in and out
  const caller = client[method.name]!; // the same
  const requests = toBytes(method, readMessages(command.request, host.stdin), contract.registry);
  const request = method.requestStream ? requests : await only(requests);
  const timeout = command.timeoutMs === undefined ? {} : { timeoutMs: command.timeoutMs };
  const answer = caller(request, { metadata, signal: host.signal, ...timeout });
  const print = (bytes: Uint8Array) => jsonFromBytes(method.output, bytes, contract.registry);
  if (method.responseStream) {
    for await (const bytes of answer as AsyncIterable<Uint8Array>) host.write(`${JSON.stringify(print(bytes))}\n`);
  } else {
    host.write(`${JSON.stringify(print((await answer) as Uint8Array), null, 2)}\n`);
  }
}

type Registry = Parameters<typeof bytesFromJson>[2];

async function* toBytes(method: MethodContract, messages: AsyncIterable<JsonValue>, registry: Registry) {
  for await (const message of messages) yield bytesFromJson(method.input, message, registry);
}

async function only(requests: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  for await (const request of requests) return request;
  throw new UsageError('standard input held no request');
}

function toMetadata(headers: readonly string[]): Metadata {
  const metadata = Metadata();
  for (const header of headers) {
    const [, name, value] = /^([\w.-]+):\s*(.*)$/.exec(header) ?? [];
    if (name === undefined || value === undefined) throw new UsageError(`--header: "${header}" is not "name: value"`);
    if (name.toLowerCase().endsWith('-bin')) metadata.append(name, Buffer.from(value, 'base64'));
    else metadata.append(name, value);
  }
  return metadata;
}
