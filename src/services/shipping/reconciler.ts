import { AppError, isAbortError, type Clock } from '../../chassis/core/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import type { Logger } from '../../chassis/telemetry/index.ts';
import type { Operations } from './operations.ts';
import type { ShipmentRepository } from './repository.ts';

/** What the reconciler is made of. */
export interface ReconcilerOptions {
  readonly database: Database;
  readonly shipments: ShipmentRepository;
  readonly operations: Operations;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between two looks, in milliseconds. */
  readonly intervalMs: number;
  /** How long whoever took something up has for it before another looks again, in milliseconds; doubled at each try. */
  readonly settleAfterMs: number;
}

/** Settles what nobody repeats. */
export interface Reconciler {
  /** Looks again and again until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

const BATCH = 50;

/**
 * Asks the carrier again, under the same keys, for what it was asked and nobody had an answer to: shipments left in
 * ARRANGING or CANCELLING by a crash, a lost reply or a caller that gave up. Several instances share the work.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { database, shipments, operations, clock, logger, intervalMs, settleAfterMs } = options;

  /** One thing that cannot be settled now does not keep the others. */
  async function settle(what: { readonly id: string; readonly attempts: number }): Promise<void> {
    try {
      await operations.settle(what.id);
      logger.info({ operation: what.id, attempts: what.attempts }, 'settled with the carrier');
    } catch (error) {
      if (isAbortError(error)) throw error;
      const expected = error instanceof AppError && error.status === 'UNAVAILABLE';
      logger[expected ? 'warn' : 'error'](
        { operation: what.id, attempts: what.attempts, err: error },
        'not settled yet; it is tried again',
      );
    }
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(intervalMs, signal);
        const waiting = await shipments.claimOperations(database, BATCH, settleAfterMs);
        for (const operation of waiting) {
          if (signal.aborted) return;
          await settle(operation);
        }
      }
    },
  };
}
