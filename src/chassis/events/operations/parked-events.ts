import type { EventFailure } from '../consumer/index.ts';
import type { CarriedEvent } from '../courier.ts';
import type { Queryable } from '../../store/index.ts';
import { operationStatements } from './statements.ts';
import { eventOf, type WaitingEventRow } from './waiting-event.ts';

/** An event that waits for another try, or behind one that does. */
export interface ParkedEvent {
  readonly consumer: string;
  /** Without its data. */
  readonly event: CarriedEvent;
  /** 0: it waits behind another of its aggregate. */
  readonly attempts: number;
  readonly failure: EventFailure | undefined;
  readonly dueTime: Date;
  readonly parkTime: Date;
}

/** The place of a parked event among all. */
export interface ParkedOrder {
  readonly consumer: string;
  readonly source: string;
  readonly position: bigint;
}

interface ParkedRow extends WaitingEventRow {
  readonly due_time: Date;
  readonly park_time: Date;
}

/** In the order of their positions. */
export async function listParkedEvents(
  queryable: Queryable,
  filter: { readonly consumer: string | undefined; readonly aggregateId: string | undefined },
  { after, limit }: { readonly after: ParkedOrder | undefined; readonly limit: number },
): Promise<readonly ParkedEvent[]> {
  const rows = await queryable.rows<ParkedRow>(operationStatements()['list-parked-events'], [
    ...[filter.consumer, filter.aggregateId],
    ...[after?.consumer, after?.source, after?.position, limit],
  ]);
  return rows.map((row) => ({
    consumer: row.consumer,
    event: eventOf(row),
    attempts: row.attempts,
    failure: row.cause ?? undefined,
    dueTime: row.due_time,
    parkTime: row.park_time,
  }));
}

/** Makes their next try due now; how many wait for their turn. */
export function retryParkedNow(
  tx: Queryable,
  { consumer, aggregateId }: { readonly consumer: string; readonly aggregateId: string | undefined },
): Promise<number> {
  return tx.execute(operationStatements()['retry-parked-events'], [consumer, aggregateId]);
}
