import type { ServiceImplementation } from 'nice-grpc';
import type { CallContext } from 'nice-grpc-common';

import type { Contract } from '../contract/index.ts';

const identity = (bytes: Uint8Array) => bytes;

/** grpc.reflection.<version>.ServerReflection with its messages left encoded, in nice-grpc's words. */
function reflectionDefinition(version: 'v1' | 'v1alpha') {
  return {
    serverReflectionInfo: {
      path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      requestStream: true,
      responseStream: true,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
      options: {},
    },
  } as const;
}

/** Both versions: tools differ in which they try first, and their messages are the same on the wire. */
export const REFLECTION_DEFINITIONS = [reflectionDefinition('v1'), reflectionDefinition('v1alpha')] as const;

type ReflectionImplementation = ServiceImplementation<(typeof REFLECTION_DEFINITIONS)[number]>;

/**
 * Server reflection for these services, from the contract. The library behind it and its copy of the descriptors are
 * loaded by the first call: most processes are never asked.
 */
export function createReflection(contract: Contract, services: readonly string[]): ReflectionImplementation {
  let loading: ReturnType<typeof load> | undefined;
  return {
    async *serverReflectionInfo(requests: AsyncIterable<Uint8Array>, context: CallContext) {
      const { decode, encode, implementation } = await (loading ??= load(contract, services));
      const decoded = (async function* () {
        for await (const request of requests) yield decode(request);
      })();
      for await (const response of implementation.serverReflectionInfo(decoded, context)) yield encode(response);
    },
  };
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
