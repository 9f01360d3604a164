import type { ServiceImplementation } from 'nice-grpc';

import { LocalizedMessage } from '../../gen/google/rpc/error_details.ts';

/** A service of all four kinds of method for tests of the chassis; a message is a text and whatever its locale means. */
export const EchoServiceDefinition = {
  name: 'EchoService',
  fullName: 'tradewind.test.v1.EchoService',
  methods: {
    /** Safe to repeat. */
    read: method('Read', false, false, { idempotencyLevel: 'NO_SIDE_EFFECTS' }),
    /** Not safe to repeat. */
    write: method('Write', false, false, {}),
    count: method('Count', false, true, { idempotencyLevel: 'NO_SIDE_EFFECTS' }),
    collect: method('Collect', true, false, {}),
    chat: method('Chat', true, true, {}),
  },
} as const;

export type EchoImplementation = ServiceImplementation<typeof EchoServiceDefinition>;

/** Answers each kind in its plainest way; tests replace what they are about. */
export function echoImplementation(name: string, overrides: Partial<EchoImplementation> = {}): EchoImplementation {
  const answer = (request: { message: string }) => ({ locale: name, message: request.message });
  return {
    read: async (request) => answer(request),
    write: async (request) => answer(request),
    async *count(request) {
      for (let n = 1; n <= Number(request.message); n++) yield { locale: name, message: String(n) };
    },
    async collect(requests) {
      const texts: string[] = [];
      for await (const request of requests) texts.push(request.message);
      return { locale: name, message: texts.join(',') };
    },
    async *chat(requests) {
      for await (const request of requests) yield answer(request);
    },
    ...overrides,
  };
}

function method<Name extends string, RequestStream extends boolean, ResponseStream extends boolean>(
  name: Name,
  requestStream: RequestStream,
  responseStream: ResponseStream,
  options: { idempotencyLevel?: 'NO_SIDE_EFFECTS' },
) {
  return {
    name,
    requestType: LocalizedMessage,
    requestStream,
    responseType: LocalizedMessage,
    responseStream,
    options,
  };
}
