import { AppError } from '../../core/index.ts';
import type { Queryable } from '../../store/index.ts';
import type { ConsumerDefinition } from '../consumer/index.ts';
import type { Lag } from '../measure-lag.ts';
import { positionAhead } from '../position-ahead.ts';
import type { PublisherLog } from './publisher-log.ts';
import { operationStatements } from './statements.ts';

/** How a consumer is doing. */
export interface ConsumerStatus {
  readonly name: string;
  readonly source: string;
  readonly types: readonly string[];
  readonly members: readonly string[];
  readonly partitions: readonly PartitionStatus[];
  readonly lag: { readonly kind: 'known'; readonly value: Lag } | { readonly kind: 'unknown'; readonly error: string };
  readonly parkedCount: bigint;
  readonly deadLetterCount: bigint;
  readonly pause: { readonly time: Date; readonly actor: string; readonly reason: string } | undefined;
}

/** Where it is in a partition, and who reads on. */
export interface PartitionStatus {
  readonly partition: number;
  readonly position: bigint;
  readonly owner: string | undefined;
  readonly expireTime: Date | undefined;
}

interface StateRow {
  readonly members: readonly string[];
  readonly parked_count: bigint;
  readonly dead_letter_count: bigint;
  readonly pause_time: Date | null;
  readonly pause_actor: string | null;
  readonly pause_reason: string | null;
}

interface PartitionRow {
  readonly partition: number;
  readonly position: bigint;
  readonly owner: string | null;
  readonly expire_time: Date | null;
  readonly log_end: bigint | null;
}

/** Reads the consumer's own database, and asks the publisher how much more there is. A publisher that does not answer is told of, not thrown. */
export async function consumerStatus(
  { name, source, types }: Pick<ConsumerDefinition, 'name' | 'source' | 'types'>,
  options: { readonly database: Queryable; readonly publisher: PublisherLog; readonly signal: AbortSignal },
): Promise<ConsumerStatus> {
  const { database, publisher, signal } = options;
  const statements = operationStatements();
  const [state, rows] = await Promise.all([
    database.one<StateRow>(statements['consumer-state'], [name, source]),
    database.rows<PartitionRow>(statements['consumer-partitions'], [name, source]),
  ]);
  if (state === undefined) throw new Error('consumer-state gives one row');
  const wanted = {
    after: new Map(rows.map(({ partition, position }) => [partition, position])),
    types: [...types.keys()],
  };
  return {
    ...{ name, source, types: wanted.types, members: state.members },
    partitions: rows.map(({ partition, position, owner, expire_time }) => ({
      ...{ partition, position, owner: owner ?? undefined, expireTime: expire_time ?? undefined },
    })),
    lag: withoutAsking(rows) ?? (await lagOf(publisher, wanted, signal)),
    parkedCount: state.parked_count,
    deadLetterCount: state.dead_letter_count,
    pause: pauseOf(state),
  };
}

/** What is known to have no lag. */
function withoutAsking(rows: readonly PartitionRow[]): ConsumerStatus['lag'] | undefined {
  if (rows.length === 0) return { kind: 'unknown', error: 'no member has run yet' };
  for (const { position, log_end: logEnd } of rows) {
    if (logEnd !== null) return unknownBecause(positionAhead(position, logEnd));
  }
  return undefined;
}

async function lagOf(
  publisher: PublisherLog,
  wanted: Parameters<PublisherLog['lag']>[0],
  signal: AbortSignal,
): Promise<ConsumerStatus['lag']> {
  try {
    return { kind: 'known', value: await publisher.lag(wanted, signal) };
  } catch (error) {
    if (signal.aborted) throw error;
    return unknownBecause(error);
  }
}

function unknownBecause(error: unknown): ConsumerStatus['lag'] {
  const { reason, message } = AppError.from(error);
  return { kind: 'unknown', error: `${reason}: ${message}` };
}

function pauseOf({ pause_time: time, pause_actor: actor, pause_reason: reason }: StateRow): ConsumerStatus['pause'] {
  return time === null ? undefined : { time, actor: actor ?? '', reason: reason ?? '' };
}
