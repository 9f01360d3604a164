/** Six durable steps that do nothing, in one process, over one PostgreSQL database of its own. */
export interface SagaRunner extends AsyncDisposable {
  /** Runs one saga; resolves when its end is durable. */
  run(): Promise<void>;
  /** Makes every session report what it has counted; answers how many transactions that took. */
  flushCounters(): Promise<number>;
}

/** One way to run sagas. */
export interface SagaPeer {
  /** The database is empty and ours. */
  open(databaseUrl: string): Promise<SagaRunner>;
}

/** Compared at each of these numbers of sagas at a time. */
export const CONCURRENCIES = [1, 16, 64, 256] as const;
