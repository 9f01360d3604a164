/** Runs work inside something: a call context, a span. */
export type Within = <T>(work: () => T) => T;

/**
 * The same messages, with every step of the generator taken inside `within`. An async generator runs in the context of
 * whoever asks for its next message, so entering the context once, around its creation, would lose it.
 */
export function iterateWithin<Message>(within: Within, start: () => AsyncIterable<Message>): AsyncIterable<Message> {
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
