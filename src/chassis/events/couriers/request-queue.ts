/** What a client has to say on a stream that it opened, when it comes to say it. */
export interface RequestQueue<Request> extends AsyncIterable<Request> {
  push(request: Request): void;
  /** Nothing more comes; what was pushed is still read. */
  end(): void;
}

/** An empty one, for one reader. */
export function createRequestQueue<Request>(): RequestQueue<Request> {
  const waiting: Request[] = [];
  let ended = false;
  let wake = () => {};
  return {
    push(request) {
      waiting.push(request);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift()!; // there is one
        if (ended) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
