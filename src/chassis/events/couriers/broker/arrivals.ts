import { createBell, type Clock } from '../../../core/index.ts';
import type { IncomingMessage } from './broker.ts';

/** A partition of which the broker keeps messages only from now on. */
export interface Beginning {
  readonly begins: number;
}

/** What comes of a broker. */
export type Arrival = IncomingMessage | Beginning;

/** Messages that came, in the order in which they did, until somebody takes them. The broker's window bounds how many there are. */
export interface Arrivals {
  push(arrival: Arrival): void;
  /** Nothing more comes: whoever takes is told. */
  fail(error: unknown): void;
  /** Some of what is there; waits until there is something. Rejects with what `fail` was given, and with an AbortError when the signal fires. */
  take(signal: AbortSignal): Promise<readonly Arrival[]>;
}

/** So many are taken at once. */
const TAKEN = 500;
/** Looked at again after so long although nothing was heard, in milliseconds. */
const LOOK_MS = 60_000;

/** None yet. */
export function createArrivals(clock: Pick<Clock, 'setTimer'>): Arrivals {
  const bell = createBell(clock);
  let waiting: Arrival[] = [];
  let failure: { readonly error: unknown } | undefined;
  return {
    push(arrival) {
      waiting.push(arrival);
      if (waiting.length === 1) bell.ring();
    },
    fail(error) {
      failure ??= { error };
      bell.ring();
    },
    async take(signal) {
      for (;;) {
        signal.throwIfAborted();
        if (failure !== undefined) throw failure.error;
        const { rings } = bell;
        if (waiting.length === 0) {
          await bell.after(rings, { timeoutMs: LOOK_MS, signal });
          continue;
        }
        const taken = waiting.slice(0, TAKEN);
        waiting = waiting.slice(TAKEN);
        return taken;
      }
    },
  };
}
