import type { HandlerContext } from '../middleware/server/index.ts';
import type { Contract } from '../contract/index.ts';
import type { ServiceBinding } from './binding.ts';

const identity = <Value>(value: Value) => value;

/**
 * Server reflection for these services, from the contract, with its messages left encoded; in both versions, because tools
 * differ in which they try first, and their messages are the same on the wire. The library behind it and its copy of the
 * descriptors are loaded by the first call: most processes are never asked.
 */
export function createReflection(contract: Contract, services: readonly string[]): readonly ServiceBinding[] {
  let loading: ReturnType<typeof load> | undefined;
  async function* serverReflectionInfo(requests: AsyncIterable<Uint8Array>, context: HandlerContext) {
    const { decode, encode, implementation } = await (loading ??= load(contract, services));
    const decoded = (async function* () {
      for await (const request of requests) yield decode(request);
    })();
    for await (const response of implementation.serverReflectionInfo(decoded, context)) yield encode(response);
  }
  return ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'].map((fullName) => ({
    fullName,
    methods: [
      {
        path: `/${fullName}/ServerReflectionInfo`,
        requestStream: true,
        responseStream: true,
        decodeRequest: identity,
        encodeResponse: (message) => message as Uint8Array, // what `encode` above made
        handle: (requests, context) => serverReflectionInfo(requests as AsyncIterable<Uint8Array>, context),
      },
    ],
  }));
}

async function load(contract: Contract, services: readonly string[]) {
  const { ServerReflection, ServerReflectionService } = await import('nice-grpc-server-reflection');
  const method = ServerReflectionService.serverReflectionInfo;
  return {
    decode: (bytes: Uint8Array) => method.requestDeserialize(Buffer.from(bytes)),
    encode: method.responseSerialize,
    implementation: ServerReflection(contract.bytes, services),
  };
}
