import { newId, type Random } from '../../../src/chassis/core/index.ts';
import type { Database } from '../../../src/chassis/store/index.ts';

const INSERT = {
  name: 'write-event',
  text: `INSERT INTO outbox (event_id, aggregate_type, aggregate_id, sequence, type, payload)
    VALUES ($1, 'thing', $2, $3, 'thing.told', '{}')`,
};

/** Writes events of many aggregates from many transactions at once, as services do. */
export interface OutboxWriter {
  /** Committed so far. */
  readonly written: number;
  /** Writes until `isEnough`, each writer at most so many a second. */
  run(isEnough: () => boolean): Promise<void>;
}

/** How it writes. */
export interface OutboxWriterOptions {
  readonly random: Random;
  readonly writers: number;
  readonly aggregates: number;
  /** Each transaction stays open for up to so long with its positions taken, so that others commit before it, in milliseconds. */
  readonly inversionMs: number;
  /** Between two transactions of one writer, in milliseconds. */
  readonly pauseMs: number;
}

/** One that has written nothing. Each writer has aggregates of its own, as if it held their locks. */
export function createOutboxWriter(database: Database, options: OutboxWriterOptions): OutboxWriter {
  const { random, writers, aggregates, inversionMs, pauseMs } = options;
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  let written = 0;

  async function write(writer: number, isEnough: () => boolean): Promise<void> {
    const names = Array.from({ length: Math.ceil(aggregates / writers) }, (_, index) => `${writer}-${index}`);
    const sequences = new Map(names.map((name) => [name, 0n]));
    while (!isEnough()) {
      const chosen = Array.from(
        { length: 1 + Math.floor(random.next() * 3) },
        () => names[Math.floor(random.next() * names.length)] ?? '',
      );
      await database.transaction(async (tx) => {
        const next = new Map(sequences);
        for (const name of chosen) {
          next.set(name, (next.get(name) ?? 0n) + 1n);
          await tx.execute(INSERT, [newId(), name, next.get(name)]);
        }
        await pause(random.next() * inversionMs);
      });
      for (const name of chosen) sequences.set(name, (sequences.get(name) ?? 0n) + 1n);
      written += chosen.length;
      await pause(pauseMs);
    }
  }

  return {
    get written() {
      return written;
    },
    run: async (isEnough) => {
      await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer, isEnough)));
    },
  };
}
