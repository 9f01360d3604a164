/** Runs work inside something: a call context, a span. */
export type Within = <T>(work: () => T) => T;

/** What nice-grpc's `call.next` makes: messages of a stream, or the one result of a unary response. */
export type Responses<Response> = AsyncIterable<Response, Response | void, undefined>;

/**
 * The same messages, with every step of the generator taken inside `within`. An async generator runs in the context of
 * whoever asks for its next message, so entering the context once, around its creation, would lose it.
 */
export function iterateWithin<Response>(within: Within, start: () => Responses<Response>): Responses<Response> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = within(() => start()[Symbol.asyncIterator]());
      return {
        next: () => within(() => iterator.next()),
        return: () => within(() => iterator.return?.() ?? Promise.resolve({ done: true, value: undefined })),
        throw: (error: unknown) => within(() => iterator.throw?.(error) ?? Promise.reject(error)),
      };
    },
  };
}
