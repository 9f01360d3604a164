import type { JsonValue } from '@bufbuild/protobuf';

import type { Queryable } from '../../src/chassis/store/index.ts';
import { readOutboxContract } from './outbox-contract.ts';

/** An event of an outbox, as a test looks at it. */
export interface ToldEvent {
  readonly type: string;
  readonly sequence: number;
  readonly payload: JsonValue;
}

/** What was told of one aggregate, in order. */
export function toldOf(database: Queryable, aggregateType: string, aggregateId: string): Promise<readonly ToldEvent[]> {
  return database.rows<ToldEvent>(
    {
      name: 'told-of',
      text: `SELECT type, sequence::integer AS sequence, payload FROM outbox
             WHERE aggregate_type = $1 AND aggregate_id = $2 ORDER BY position`,
    },
    [aggregateType, aggregateId],
  );
}

/** The types that the contract has of a process and none of its outboxes has. */
export async function untold(source: string, ...databases: readonly Queryable[]): Promise<readonly string[]> {
  const { events } = await readOutboxContract();
  const statement = { name: 'told', text: 'SELECT DISTINCT type FROM outbox' };
  const rows = await Promise.all(databases.map((database) => database.rows<{ readonly type: string }>(statement)));
  const told = new Set(rows.flat().map(({ type }) => type));
  // The parts of checkouts without a saga are told only where all who play one are there: tests/e2e.
  const own = events.filter((event) => event.source === source && !event.aggregate.startsWith('checkout'));
  return own.filter(({ type }) => !told.has(type)).map(({ type }) => type);
}

/** The aggregates of an outbox whose events are not counted 1, 2, 3 in the order of their positions. */
export async function miscounted(database: Queryable): Promise<readonly string[]> {
  const rows = await database.rows<{ readonly aggregate: string }>({
    name: 'miscounted',
    text: `SELECT DISTINCT aggregate_type || ' ' || aggregate_id AS aggregate
           FROM (
             SELECT aggregate_type, aggregate_id, sequence,
               row_number() OVER (PARTITION BY aggregate_type, aggregate_id ORDER BY position) AS place
             FROM outbox
           ) AS counted
           WHERE sequence <> place`,
  });
  return rows.map(({ aggregate }) => aggregate);
}
