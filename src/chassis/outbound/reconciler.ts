import { AppError, isAbortError, type Clock } from '../core/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { Operations } from './operations.ts';

/** One thing that was asked outside and that nobody had an answer to. */
export interface LeftBehind {
  /** Names it in the log. */
  readonly what: Readonly<Record<string, unknown>>;
  settle(): Promise<unknown>;
}

/**
 * Takes up at most so many things of one kind that wait for too long. While whoever took one has time to settle it,
 * another instance that looks sees nothing due.
 */
export type Source = (limit: number) => Promise<readonly LeftBehind[]>;

/** What a reconciler is made of. */
export interface ReconcilerOptions {
  /** Whom it asks, as the log names it: "the carrier". */
  readonly outside: string;
  /** In the order in which they are asked. */
  readonly sources: readonly Source[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between two looks, in milliseconds. */
  readonly intervalMs: number;
}

/** Settles what nobody repeats. */
export interface Reconciler {
  /** Looks again and again until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

const BATCH = 50;

/** The operations that wait for an outcome; `claim` takes them, with how often each was taken. */
export function pendingOperations(
  operations: Pick<Operations<unknown>, 'settle'>,
  claim: (limit: number) => Promise<readonly { readonly id: string; readonly attempts: number }[]>,
): Source {
  return async (limit) =>
    (await claim(limit)).map(({ id, attempts }) => ({
      what: { operation: id, attempts },
      settle: () => operations.settle(id, { reconciled: true }),
    }));
}

/**
 * Asks again, under the same keys, for what a crash, a lost reply or a caller that gave up has left open. Several
 * instances share the work.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { outside, sources, clock, logger, intervalMs } = options;

  /** One thing that cannot be settled now does not keep the others. */
  async function attempt({ what, settle }: LeftBehind): Promise<void> {
    try {
      await settle();
      logger.info(what, `settled with ${outside}`);
    } catch (error) {
      if (isAbortError(error)) throw error;
      const expected = error instanceof AppError && error.status === 'UNAVAILABLE';
      logger[expected ? 'warn' : 'error']({ ...what, err: error }, 'not settled yet; it is tried again');
    }
  }

  /** Looks once; resolves with how many things were taken up. */
  async function look(signal: AbortSignal): Promise<number> {
    let taken = 0;
    for (const source of sources) {
      if (signal.aborted) return taken;
      const things = await source(BATCH);
      taken += things.length;
      for (const thing of things) {
        if (signal.aborted) return taken; // what is left of them is due again soon
        await attempt(thing);
      }
    }
    return taken;
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(intervalMs, signal);
        while (!signal.aborted && (await look(signal)) >= BATCH);
      }
    },
  };
}
