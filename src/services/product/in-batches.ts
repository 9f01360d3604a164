import type { Clock } from '../../chassis/core/index.ts';

/** When a batch is full. */
export interface BatchOptions {
  readonly size: number;
  /** A batch that has begun is given out after this time, full or not. */
  readonly waitMs: number;
  readonly clock: Pick<Clock, 'sleep'>;
}

/**
 * The items in batches, none empty. Items are only taken as batches are, so the sender is slowed down to the reader's pace. When the
 * source fails, what came before is given out first.
 */
export async function* inBatches<Item>(source: AsyncIterable<Item>, options: BatchOptions): AsyncIterable<Item[]> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let next = take(iterator);
    for (let ended = false; !ended;) {
      const batch: Item[] = [];
      const stop = new AbortController();
      let failure: { readonly error: unknown } | undefined;
      try {
        let due: Promise<'due'> | undefined;
        while (batch.length < options.size) {
          const step = await (due === undefined ? next : Promise.race([next, due]));
          if (step === 'due') break;
          if (step.done === true) {
            ended = true;
            break;
          }
          batch.push(step.value);
          due ??= options.clock.sleep(options.waitMs, stop.signal).then(
            () => 'due' as const,
            () => 'due' as const, // stopped below
          );
          if (batch.length < options.size) next = take(iterator);
        }
      } catch (error) {
        failure = { error };
      }
      stop.abort();
      if (batch.length > 0) yield batch;
      if (failure !== undefined) throw failure.error;
      if (batch.length === options.size) next = take(iterator);
    }
  } finally {
    await iterator.return?.();
  }
}

/** The next step; its failure is handled by who awaits it, however late. */
function take<Item>(iterator: AsyncIterator<Item>): Promise<IteratorResult<Item>> {
  const step = iterator.next();
  step.catch(() => undefined);
  return step;
}
