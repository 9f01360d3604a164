import type { SagaPeer } from './peer.ts';

/** One row of the table. */
export interface SagaPeerEntry {
  readonly name: string;
  /** From tests/bench/package.json: only there once that is installed. */
  readonly isInstalledApart: boolean;
  /** Loads its code, in the process that runs it and nowhere else. */
  readonly load: () => Promise<SagaPeer>;
}

/** What ours is measured by. */
export const BASELINE = 'dbos';

/** Every row, in the table's order. */
export const SAGA_PEERS: readonly SagaPeerEntry[] = [
  { name: BASELINE, isInstalledApart: true, load: async () => (await import('./peers/dbos.ts')).dbos },
  { name: 'tradewind', isInstalledApart: false, load: async () => (await import('./peers/tradewind.ts')).tradewind },
  {
    name: 'tradewind/in-transactions',
    isInstalledApart: false,
    load: async () => (await import('./peers/tradewind.ts')).tradewindInTransactions,
  },
];
