import type { Responses } from './within.ts';

/** Messages that can be cut off from outside. */
export interface Endable<Response> {
  readonly responses: Responses<Response>;
  /** The pending or the next step throws this; the generator behind is left to clean up by itself. */
  end(error: Error): void;
}

/** Makes messages endable. (Racing each step against one long promise would keep every step alive as long as it.) */
export function endable<Response>(responses: Responses<Response>): Endable<Response> {
  const iterator = responses[Symbol.asyncIterator]();
  let ended: Error | undefined;
  let rejectStep: ((error: Error) => void) | undefined;
  return {
    end(error) {
      ended = error;
      rejectStep?.(error);
      // The handler learns it from its signal; how it ends no longer matters to the call.
      iterator.return?.().catch(() => undefined);
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
