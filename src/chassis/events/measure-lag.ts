import type { Queryable } from '../store/index.ts';
import { logEnds, type LogEnds } from './log-ends.ts';
import { partitionOf } from './partition.ts';
import { eventStatements } from './statements.ts';

/** How much follows a position in a partition. */
export interface PartitionLag {
  readonly partition: number;
  readonly events: bigint;
  /** For how long the first of them is there; 0: there is none. */
  readonly seconds: number;
}

/** How much follows some positions. */
export interface Lag extends LogEnds {
  readonly partitions: readonly PartitionLag[];
  /** There is more: not everything was counted. */
  readonly isLeast: boolean;
}

/** So many events are looked at, so that a consumer that is far behind costs its publisher little. */
export const LAG_COUNTED = 5_000;

interface CountedRow {
  readonly position: bigint;
  readonly aggregate_type: string;
  readonly aggregate_id: string;
  readonly type: string;
  readonly age_seconds: number;
}

/** Counts what follows, of some types (none named: of all). */
export async function measureLag(
  queryable: Queryable,
  { after, types }: { readonly after: ReadonlyMap<number, bigint>; readonly types: readonly string[] },
): Promise<Lag> {
  const ends = await logEnds(queryable);
  const least = [...after.values()].reduce((one, other) => (other < one ? other : one));
  const rows = await queryable.rows<CountedRow>(eventStatements()['count-events'], [least, LAG_COUNTED]);
  const wanted = types.length === 0 ? undefined : new Set(types);
  const counted = rows.filter(({ type }) => wanted === undefined || wanted.has(type));
  const byPartition = Map.groupBy(counted, ({ aggregate_type, aggregate_id }) =>
    partitionOf(aggregate_type, aggregate_id),
  );
  const partitions = [...after].map(([partition, position]): PartitionLag => {
    const waiting = (byPartition.get(partition) ?? []).filter((row) => row.position > position);
    return { partition, events: BigInt(waiting.length), seconds: Math.max(0, waiting[0]?.age_seconds ?? 0) };
  });
  return { ...ends, partitions, isLeast: rows.length === LAG_COUNTED };
}
