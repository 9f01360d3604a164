import { invalidArgument } from '../../core/index.ts';
import type { Database } from '../../store/index.ts';
import { inboxStatements, type ConsumerDefinition } from '../consumer/index.ts';
import { PARTITIONS } from '../partition.ts';
import { positionExpired } from '../position-expired.ts';
import { noteAction, type By } from './actions.ts';
import type { PublisherLog } from './publisher-log.ts';
import { operationStatements } from './statements.ts';

/** A partition that begins elsewhere now. */
export interface MovedPartition {
  readonly partition: number;
  readonly fromPosition: bigint;
  readonly toPosition: bigint;
}

/** Where a replay begins: after a position (0: what is kept), or at a time. */
export type ReplayFrom =
  { readonly kind: 'after'; readonly position: bigint } | { readonly kind: 'since'; readonly time: Date };

/** Up to where events are left out. */
export type SkipTarget =
  { readonly kind: 'position'; readonly position: bigint } | { readonly kind: 'oldest' } | { readonly kind: 'newest' };

/** What positions are moved with. */
export interface MoveOptions {
  readonly database: Database;
  readonly publisher: PublisherLog;
  readonly definition: Pick<ConsumerDefinition, 'name' | 'source'>;
  /** Undefined: all. */
  readonly partition: number | undefined;
  readonly by: By;
  readonly signal: AbortSignal;
}

interface MovedRow {
  readonly partition: number;
  readonly from_position: bigint;
  readonly to_position: bigint;
}

/** Times of positions rise but for neighbours, which are closer than this, in milliseconds. */
const SKEW_MS = 1_000;

/**
 * Has a consumer read again what follows. `again`: it forgets what it has handled since then, and its dead letters of it, so that all takes effect
 * once more. Throws OUT_OF_RANGE (POSITION_EXPIRED).
 */
export async function replay(
  from: ReplayFrom,
  again: boolean,
  { database, publisher, definition, partition, by, signal }: MoveOptions,
): Promise<readonly MovedPartition[]> {
  const { name: consumer, source } = definition;
  const statements = operationStatements();
  const { oldestPosition } = await publisher.ends(signal);
  const asked = from.kind === 'after' ? from.position : await publisher.positionOf(from.time, signal);
  if (from.kind === 'after' && asked !== 0n && asked < oldestPosition) throw positionExpired(asked, oldestPosition);
  const position = asked < oldestPosition ? oldestPosition : asked;
  const first = again ? await publisher.timeAfter(position, signal) : undefined;
  return database.transaction(async (tx) => {
    const rows = await tx.rows<MovedRow>(statements['move-back'], [consumer, source, partition, position]);
    if (again && first !== undefined && rows.length > 0) {
      const partitions = rows.map((row) => row.partition);
      const since = new Date(first.getTime() - SKEW_MS);
      await tx.execute(statements['forget-handled'], [consumer, since, partitions, position]);
      await tx.execute(statements['forget-dead-letters'], [consumer, source, partitions, position]);
    }
    const moved = rows.map(toMoved);
    await noteAction(tx, by, { action: 'replay', consumer, source, detail: { position, again, moved } });
    return moved;
  });
}

/** Has a consumer leave out what comes up to there. Throws INVALID_ARGUMENT for a position that is not there yet. */
export async function skip(
  to: SkipTarget,
  { database, publisher, definition, partition, by, signal }: MoveOptions,
): Promise<readonly MovedPartition[]> {
  const { name: consumer, source } = definition;
  const { oldestPosition, newestPosition } = await publisher.ends(signal);
  const position = targetOf(to, oldestPosition, newestPosition);
  if (position > newestPosition) {
    const description = `must not be beyond the last event, which is at ${newestPosition}`;
    throw invalidArgument([{ field: 'position', description }]);
  }
  return database.transaction(async (tx) => {
    await tx.execute(inboxStatements()['open-partitions'], [consumer, source, PARTITIONS]); // one that never ran is told too
    const parameters = [consumer, source, partition, position];
    const moved = (await tx.rows<MovedRow>(operationStatements()['move-on'], parameters)).map(toMoved);
    await noteAction(tx, by, { action: 'skip', consumer, source, detail: { position, moved } });
    return moved;
  });
}

function targetOf(to: SkipTarget, oldest: bigint, newest: bigint): bigint {
  if (to.kind === 'position') return to.position;
  return to.kind === 'oldest' ? oldest : newest;
}

function toMoved({ partition, from_position, to_position }: MovedRow): MovedPartition {
  return { partition, fromPosition: from_position, toPosition: to_position };
}
