import { isAbortError, type Clock } from '../../chassis/core/index.ts';
import type { BackgroundTask } from '../../chassis/lifecycle/index.ts';
import type { Logger } from '../../chassis/telemetry/index.ts';
import type { MessengerClient } from './channels/messenger-client.ts';
import type { NotificationDependencies } from './dependencies.ts';
import { receipts } from './receipt-repository.ts';

/** What receipts are collected with. */
export interface CollectingOptions extends Pick<NotificationDependencies, 'database' | 'bells'> {
  readonly messenger: Pick<MessengerClient, 'receiptsOf'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The shortest wait between two looks for one receipt, in milliseconds; doubled with each look in vain. */
  readonly intervalMs: number;
}

/** The messenger answers about so many at once. */
const BATCH = 100;

/** Asks the messenger what became of messages that it took, outside any transaction, and writes that down: DELIVERED or FAILED. */
export function collectReceipts(options: CollectingOptions): BackgroundTask {
  const { database, messenger, clock, logger, bells, intervalMs } = options;

  async function collect(): Promise<number> {
    const awaited = await receipts.claim(database, BATCH, intervalMs);
    if (awaited.length === 0) return 0;
    const told = await messenger.receiptsOf(awaited.map(({ reference }) => reference));
    const settled = awaited.flatMap(({ notificationId, reference }) => {
      const receipt = told.get(reference);
      return receipt === undefined ? [] : [{ notificationId, receipt }];
    });
    if (settled.length > 0) {
      await receipts.settle(database, settled);
      bells.placed.ring();
    }
    return awaited.length;
  }

  return {
    name: 'collect-receipts',
    async run(signal) {
      while (!signal.aborted) {
        const looked = await collect().catch((error: unknown) => {
          if (signal.aborted || isAbortError(error)) return 0;
          logger.warn({ err: error }, 'the messenger does not say what became of messages');
          return 0;
        });
        if (looked < BATCH) await clock.sleep(intervalMs, signal);
      }
    },
  };
}
