import { createBell, type Clock } from '../../core/index.ts';

/** What came from elsewhere, in the order in which it did, until somebody takes it. Whoever sends bounds how much there is. */
export interface Arrivals<Arrival> {
  push(arrival: Arrival): void;
  /** Nothing more comes. */
  end(): void;
  /** Nothing more comes: whoever takes is told why. */
  fail(error: unknown): void;
  /**
   * Some of what is there; waits until there is something, and gives nothing where it has ended. Rejects with what `fail` was given, and with an
   * AbortError when the signal fires.
   */
  take(signal: AbortSignal): Promise<readonly Arrival[]>;
}

/** So many are taken at once. */
const TAKEN = 500;
/** Looked at again after so long although nothing was heard, in milliseconds. */
const LOOK_MS = 60_000;

/** None yet. */
export function createArrivals<Arrival>(clock: Pick<Clock, 'setTimer'>): Arrivals<Arrival> {
  const bell = createBell(clock);
  let waiting: Arrival[] = [];
  let hasEnded = false;
  let failure: { readonly error: unknown } | undefined;
  return {
    push(arrival) {
      waiting.push(arrival);
      if (waiting.length === 1) bell.ring();
    },
    end() {
      hasEnded = true;
      bell.ring();
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
          if (hasEnded) return [];
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
