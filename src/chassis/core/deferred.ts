/** A promise with its two ends outside. Promise.withResolvers, which the client's oldest Node, 20, does not have. */
export interface Deferred<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value | PromiseLike<Value>): void;
  reject(reason: unknown): void;
}

/** Makes a pending one. */
export function createDeferred<Value = void>(): Deferred<Value> {
  let ends: Omit<Deferred<Value>, 'promise'> | undefined;
  const promise = new Promise<Value>((resolve, reject) => (ends = { resolve, reject }));
  return { promise, ...ends! }; // a promise's executor runs at once
}
