/** Messages that can be cut off from outside. */
export interface Endable<Response> {
  readonly responses: AsyncIterable<Response>;
  /** The pending or the next step throws this; the generator behind is left to clean up by itself, until this settles. */
  end(error: Error): Promise<unknown> | undefined;
}

/** Makes messages endable. (Racing each step against one long promise would keep every step alive as long as it.) */
export function endable<Response>(responses: AsyncIterable<Response>): Endable<Response> {
  const iterator = responses[Symbol.asyncIterator]();
  let ended: Error | undefined;
  let rejectStep: ((error: Error) => void) | undefined;
  return {
    end(error) {
      ended = error;
      rejectStep?.(error);
      // The handler learns it from its signal; how it ends no longer matters to the call.
      return iterator.return?.().catch(() => undefined);
    },
    responses: {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise((resolve, reject) => {
            if (ended !== undefined) return reject(ended);
            rejectStep = reject;
            iterator.next().then(resolve, reject);
          }),
        return: () => iterator.return?.() ?? Promise.resolve({ done: true, value: undefined }),
        throw: (error: unknown) => iterator.throw?.(error) ?? Promise.reject(error),
      }),
    },
  };
}
