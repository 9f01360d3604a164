import type { SagaChange, SagaLog } from './log.ts';
import type { SagaRecord } from './record.ts';

/** Writes the changes of many sagas in few commits. */
export interface TransitionWriter {
  /**
   * Resolves when the change is durable, with the saga as it stands then; undefined when somebody else has changed it and
   * nothing was written. Rejects when the log could not be reached: whether the change was written is then unknown.
   */
  write(change: SagaChange): Promise<SagaRecord | undefined>;
}

interface Pending {
  readonly change: SagaChange;
  resolve(saga: SagaRecord | undefined): void;
  reject(error: unknown): void;
}

/** One commit takes no more changes than this. */
const MAX_BATCH = 256;

/**
 * Group commit: while one transaction is being written, the changes that arrive wait for it and then go together, so
 * that an idle log adds no delay and a busy one few commits. A batch that fails is written again one by one, so that
 * one bad row fails only its own saga.
 */
export function createTransitionWriter(log: SagaLog): TransitionWriter {
  const waiting: Pending[] = [];
  let flushing = false;

  async function flush(): Promise<void> {
    flushing = true;
    while (waiting.length > 0) await writeBatch(waiting.splice(0, MAX_BATCH));
    flushing = false;
  }

  async function writeBatch(batch: readonly Pending[]): Promise<void> {
    try {
      const written = await log.record(batch.map(({ change }) => change));
      for (const { change, resolve } of batch) resolve(written.get(change.saga.id));
    } catch (error) {
      if (batch.length === 1) return batch[0]?.reject(error);
      for (const one of batch) await writeBatch([one]);
    }
  }

  return {
    write(change) {
      return new Promise((resolve, reject) => {
        waiting.push({ change, resolve, reject });
        if (!flushing) void flush();
      });
    },
  };
}
