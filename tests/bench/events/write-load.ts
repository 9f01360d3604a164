/** Writes so many at once; resolves when they are durable. */
export type WriteBatch = (count: number) => Promise<void>;

/** Writes as a bench asks for it. */
export interface WriteLoad {
  upTo(total: number): Promise<void>;
  pace(perSecond: number, durationMs: number): Promise<void>;
}

/** So many go together, as in a service's group commit. */
const BATCH = 64;
/** Batches on their way at once. */
const FLUSHERS = 2;
const TICK_MS = 10;

/** Nothing written yet. */
export function createWriteLoad(write: WriteBatch): WriteLoad {
  let begun = 0;
  const writeUpTo = async (total: number) => {
    const flush = async () => {
      while (begun < total) {
        const count = Math.min(BATCH, total - begun);
        begun += count;
        await write(count);
      }
    };
    await Promise.all(Array.from({ length: FLUSHERS }, flush));
  };
  return {
    upTo: writeUpTo,
    async pace(perSecond, durationMs) {
      const startedAtMs = performance.now();
      const before = begun;
      for (let elapsed = 0; elapsed < durationMs; elapsed = performance.now() - startedAtMs) {
        await writeUpTo(before + Math.floor((elapsed / 1_000) * perSecond));
        await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      }
    },
  };
}
