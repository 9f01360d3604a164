import type { TsProtoServiceDefinition } from 'nice-grpc';

import type { Contract, MethodContract } from './contract.ts';

/** Messages as they are on the wire: who calls so reads them through descriptors, not through generated code. */
const BYTES = {
  encode: (message: Uint8Array) => ({ finish: () => message }),
  decode: (input: Uint8Array) => input,
  fromPartial: (message: Uint8Array) => message,
};

const LEVELS = { 'no-side-effects': 'NO_SIDE_EFFECTS', idempotent: 'IDEMPOTENT', unknown: undefined } as const;

/** Packages whose services every process has: the gateway has no routes to them, and no process is named after them. */
const EVERYWHERE: ReadonlySet<string> = new Set([
  'tradewind.registry',
  'tradewind.transport',
  'tradewind.events',
  'tradewind.choreography',
]);

/**
 * The process that serves an RPC: the part after "tradewind." in its package. Undefined for what every process serves,
 * each for itself.
 */
export function processOf(method: Pick<MethodContract, 'service'>): string | undefined {
  const [suite, process] = method.service.split('.');
  return suite !== 'tradewind' || EVERYWHERE.has(`${suite}.${process}`) ? undefined : process;
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
