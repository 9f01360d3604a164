import { AppError } from '../core/index.ts';
import type { Subchannel } from '../channel/index.ts';
import type { Endpoint } from '../resolver/index.ts';

/** What a picker may know of the call. */
export interface PickInfo {
  /** "/package.Service/Method". */
  readonly method: string;
  /** Where the attempt before failed; taken again only when there is no other. */
  readonly avoid: Subchannel | undefined;
  /** The first value of a header of the call, by its name in lower case: what routes and hashes go by. */
  header(name: string): string | undefined;
  /** Calls of the same text are kept together where the policy can do that: who called the caller, a session. */
  readonly affinity?: string | undefined;
  /** The answer is a stream: it counts as in flight, but how long it lasts says nothing about its endpoint. */
  readonly isStream?: boolean | undefined;
}

/** What to do with a call. */
export type PickResult =
  | {
      readonly kind: 'picked';
      readonly subchannel: Subchannel;
      /** Called when the attempt begins on the wire, with the caller's reading of the monotonic clock. */
      readonly onStart?: ((nowMs: number) => void) | undefined;
      /**
       * Called once when it has ended, however it ended: with the gRPC status number, 0 is OK, how long it took, and the
       * time now. `nowMs - durationMs` is what onStart was given, or ages that are summed up drift.
       */
      readonly onEnd?: ((code: number, durationMs: number, nowMs: number) => void) | undefined;
    }
  /** Nobody is ready yet: ask the next picker, within the call's deadline. */
  | { readonly kind: 'queue' }
  /** Nobody can be reached: the call ends with this error, nothing was sent. */
  | { readonly kind: 'fail'; readonly error: AppError };

/**
 * Chooses the subchannel of each attempt. Its list never changes: the balancer makes another picker for each change of
 * endpoints or of their states, so a pick needs no lock and sees one consistent world. `pick` is synchronous and cheap.
 * Source: the balancer's Picker of grpc-go.
 */
export interface Picker {
  pick(info: PickInfo): PickResult;
}

/** An endpoint whose subchannel is READY. */
export interface ReadyEndpoint {
  readonly endpoint: Endpoint;
  readonly subchannel: Subchannel;
}

/** A way to balance: makes the picker over the READY endpoints, which are never none. State kept over changes lives in it. */
export interface BalancingPolicy {
  /** "round_robin". */
  readonly name: string;
  createPicker(ready: readonly ReadyEndpoint[]): Picker;
  /** The endpoint of this address has left for good: what was kept of it may go. */
  forget?(address: string): void;
  /** What it has learned of an endpoint, in plain numbers with units in their names: for the admin port. */
  describe?(address: string): Readonly<Record<string, number>> | undefined;
}

/** While some endpoint may still become ready. */
export const QUEUE_PICKER: Picker = { pick: () => ({ kind: 'queue' }) };

/** While nobody can be reached: UNAVAILABLE with this reason. */
export function failPicker(
  reason: 'NO_ENDPOINTS' | 'ENDPOINTS_UNREACHABLE' | 'CLIENT_CLOSED',
  message: string,
): Picker {
  const fail = (): PickResult => ({
    kind: 'fail',
    error: new AppError({ status: 'UNAVAILABLE', reason, domain: 'tradewind', message }),
  });
  return { pick: fail };
}
