import type { EventFailure } from '../consumer/index.ts';
import type { CarriedEvent } from '../courier.ts';
import type { Queryable } from '../../store/index.ts';
import { operationStatements } from './statements.ts';
import { eventOf, type WaitingEventRow } from './waiting-event.ts';

/** An event that was given up. */
export interface DeadLetter {
  readonly id: string;
  readonly consumer: string;
  readonly event: CarriedEvent;
  readonly attempts: number;
  readonly cause: EventFailure;
  readonly deathTime: Date;
}

/** Which dead letters; undefined: any. */
export interface DeadLetterFilter {
  readonly consumer?: string | undefined;
  readonly type?: string | undefined;
  readonly aggregateType?: string | undefined;
  readonly aggregateId?: string | undefined;
  readonly reason?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

/** The place of a dead letter among all. */
export interface DeathOrder {
  readonly deathTime: Date;
  readonly id: string;
}

interface DeadLetterRow extends WaitingEventRow {
  readonly id: string;
  readonly cause: EventFailure;
  readonly death_time: Date;
}

/** Those that match, the first to die first, without data and stacks. */
export async function listDeadLetters(
  queryable: Queryable,
  filter: DeadLetterFilter,
  { after, limit }: { readonly after: DeathOrder | undefined; readonly limit: number },
): Promise<readonly DeadLetter[]> {
  const { consumer, type, aggregateType, aggregateId, reason, since, until } = filter;
  const rows = await queryable.rows<DeadLetterRow>(operationStatements()['list-dead-letters'], [
    ...[consumer, type, aggregateType, aggregateId, reason, since, until],
    ...[after?.deathTime, after?.id, limit],
  ]);
  return rows.map(toDeadLetter);
}

/** One with everything. */
export async function getDeadLetter(queryable: Queryable, id: string): Promise<DeadLetter | undefined> {
  const row = await queryable.one<DeadLetterRow>(operationStatements()['get-dead-letter'], [id]);
  return row && toDeadLetter(row);
}

/** Takes one out, for as long as the transaction lasts; undefined: it is not there, or somebody else has it in hand. */
export async function takeDeadLetter(tx: Queryable, id: string): Promise<DeadLetter | undefined> {
  const row = await tx.one<DeadLetterRow>(operationStatements()['take-dead-letter'], [id]);
  return row && toDeadLetter(row);
}

function toDeadLetter(row: DeadLetterRow): DeadLetter {
  const { id, consumer, attempts, cause, death_time: deathTime } = row;
  return { id, consumer, event: eventOf(row), attempts, cause, deathTime };
}
