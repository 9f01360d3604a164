import type { Clock } from '../core/index.ts';
import { AppError } from '../core/index.ts';
import type { Database } from '../store/index.ts';
import type { HistoryEntry } from './history.ts';
import { ENTRIES_PER_ROW, toEntries, type HistoryRow } from './record.ts';
import type { SagaStatements } from './statements.ts';

/** Everything that happens to sagas, in the order of its positions, none left out. */
export interface SagaFeed {
  /**
   * A position such that whatever is committed before this resolves is at or below it or is seen by a read made after it:
   * read the sagas then, and follow from here.
   */
  now(signal: AbortSignal): Promise<bigint>;
  /**
   * Yields what comes after the position, in batches, until the signal fires (it then returns).
   *
   * @throws AppError OUT_OF_RANGE, reason POSITION_UNKNOWN: nothing has that position yet.
   */
  follow(after: bigint, signal: AbortSignal): AsyncGenerator<readonly HistoryEntry[], void>;
}

interface Snapshot {
  /** Every transaction below has ended. */
  readonly snapshot_xmin: bigint;
}

const BATCH = 500;

/**
 * An entry's position is made of its row's and its place in it. Rows' positions are given out while their transaction runs, so one may become visible after a higher one. The feed
 * therefore stops at a gap until every transaction that had begun to write when the gap was first seen has ended: by then
 * it has filled, or was left by one that rolled back. Which had begun, a newly drawn id tells: a snapshot's xmax does not,
 * it is one above the last that ended.
 */
export function createSagaFeed(options: {
  readonly database: Database;
  readonly statements: SagaStatements;
  readonly clock: Clock;
  readonly pollMs: number;
}): SagaFeed {
  const { database, statements, clock, pollMs } = options;

  async function end(): Promise<Snapshot & { readonly last_position: bigint }> {
    const row = await database.one<Snapshot & { readonly last_position: bigint }>(statements['feed-end']);
    if (row === undefined) throw new Error('feed-end answers one row');
    return row;
  }

  /** Above every transaction that has begun to write until now. A position is taken after its transaction's id. */
  async function drawId(): Promise<bigint> {
    const row = await database.one<{ readonly id: bigint }>(statements['draw-transaction-id']);
    if (row === undefined) throw new Error('draw-transaction-id answers one row');
    return row.id;
  }

  return {
    async now(signal) {
      const { last_position: last } = await end();
      const bound = await drawId();
      while ((await end()).snapshot_xmin < bound) await clock.sleep(GAP_POLL_MS, signal);
      return last * PER_ROW + PER_ROW - 1n;
    },

    async *follow(after, signal) {
      if (after / PER_ROW > (await end()).last_position) {
        throw new AppError({
          status: 'OUT_OF_RANGE',
          reason: 'POSITION_UNKNOWN',
          message: `nothing has reached position ${after} yet`,
        });
      }
      const row = after / PER_ROW; // which may have more to tell
      let position = row === 0n ? 0n : row - 1n;
      let gap: { readonly after: bigint; readonly endsWith: bigint } | undefined;
      while (!signal.aborted) {
        const rows = await database.rows<HistoryRow & Snapshot>(statements['read-feed'], [position, BATCH]);
        const ready: HistoryEntry[] = [];
        let stopped = false;
        for (const found of rows) {
          const follows = found.position === position + 1n;
          const isLeft = gap?.after === position && found.snapshot_xmin >= gap.endsWith;
          if (!follows && !isLeft) {
            if (gap?.after !== position) gap = { after: position, endsWith: await drawId() };
            stopped = true;
            break;
          }
          ready.push(...toEntries(found).filter((entry) => entry.position > after));
          position = found.position;
        }
        if (ready.length > 0) yield ready;
        if (rows.length === BATCH && !stopped) continue;
        await clock.sleep(stopped ? GAP_POLL_MS : pollMs, signal).catch(() => undefined);
      }
    },
  };
}

const GAP_POLL_MS = 10;

const PER_ROW = BigInt(ENTRIES_PER_ROW);
