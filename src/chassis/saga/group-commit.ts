export function createGroupCommit<Item, Result>(options: {
  readonly job: string;
  run(items: readonly Item[]): Promise<readonly Result[]>;
  readonly gather?: () => Promise<unknown>;
}) {
  const waiting: { item: Item; resolve(r: Result): void; reject(e: unknown): void }[] = [];
  let flushing = 0;
  async function flush() {
    await options.gather?.();
    while (waiting.length > 0) await write(waiting.splice(0, 256));
    flushing -= 1;
  }
  async function write(batch: typeof waiting): Promise<void> {
    try {
      const results = await options.run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(results[index]!));
    } catch (error) {
      if (batch.length === 1) return batch[0]!.reject(error);
      for (const one of batch) await write([one]);
    }
  }
  return {
    submit(item: Item): Promise<Result> {
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (flushing === 2) return;
        flushing += 1;
        void flush();
      });
    },
  };
}
