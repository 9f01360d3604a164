import type { TsProtoServiceDefinition } from 'nice-grpc';

import type { Contract, MethodContract } from './contract.ts';

/** Messages as they are on the wire: who calls so reads them through descriptors, not through generated code. */
const BYTES = {
  encode: (message: Uint8Array) => ({ finish: () => message }),
  decode: (input: Uint8Array) => input,
  fromPartial: (message: Uint8Array) => message,
};

const LEVELS = { 'no-side-effects': 'NO_SIDE_EFFECTS', idempotent: 'IDEMPOTENT', unknown: undefined } as const;

/** The process that serves an RPC: the part after "tradewind." in its package. */
export function processOf(method: MethodContract): string {
  return method.service.split('.')[1] ?? '';
}

/** Every service of the contract as a client definition whose messages are bytes, by full name. */
export function bytesDefinitions(contract: Contract): ReadonlyMap<string, TsProtoServiceDefinition> {
  return new Map(
    contract.services.map((fullName) => {
      const methods = contract.methods.filter((method) => method.service === fullName);
      return [fullName, { name: fullName, fullName, methods: Object.fromEntries(methods.map(toMethod)) }];
    }),
  );
}

function toMethod(method: MethodContract) {
  const idempotencyLevel = LEVELS[method.idempotency];
  return [
    method.name,
    {
      name: method.name,
      requestType: BYTES,
      requestStream: method.requestStream,
      responseType: BYTES,
      responseStream: method.responseStream,
      options: idempotencyLevel === undefined ? {} : { idempotencyLevel },
    },
  ] as const;
}
