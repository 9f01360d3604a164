import type { ReadRequest, WriteRequest } from './side.ts';

/** What a role's program gives to side.ts. */
export interface SideProgram {
  /** Told to the bench once. */
  readonly ready: unknown;
  answer(request: Exclude<WriteRequest | ReadRequest, { readonly kind: 'cpu' }>): Promise<unknown>;
  stop(): Promise<void>;
}

/** A request that this role does not know. */
export function notMine(kind: string): Error {
  return new Error(`this side does not do ${kind}`);
}
