import type { Database } from '../../store/index.ts';
import { operationStatements } from './statements.ts';

/** What operators can do to a part. */
export type PartCommand = 'resume' | 'park';

/** To which part, by whom and why. */
export interface PartOrder {
  readonly part: string;
  readonly subject: string;
  /** A user id; "internal" for a call without a token. */
  readonly actor: string;
  readonly reason: string;
}

/** Something an operator did to a part. */
export interface NotedCommand {
  readonly id: bigint;
  readonly command: PartCommand;
  readonly step: string;
  readonly actor: string;
  readonly reason: string;
  readonly time: Date;
}

/** Has a parked step tried again at once, its attempts counted anew; whether there was one. */
export async function resumePart({ part, subject, actor, reason }: PartOrder, database: Database): Promise<boolean> {
  return (await database.execute(operationStatements()['resume-part'], [part, subject, actor, reason])) > 0;
}

/** Stops a step that is under way; whether there was one. An attempt at it may still succeed, and then the part goes on. */
export async function parkPart({ part, subject, actor, reason }: PartOrder, database: Database): Promise<boolean> {
  const error = JSON.stringify({ status: 'ABORTED', reason: 'PARKED_BY_OPERATOR', message: reason });
  return (await database.execute(operationStatements()['park-part'], [part, subject, actor, reason, error])) > 0;
}

interface ActionRow extends Omit<NotedCommand, 'time'> {
  readonly action_time: Date;
}

/** What was done to a part, the first of the latest `limit` first. */
export async function listPartActions(
  { part, subject }: Pick<PartOrder, 'part' | 'subject'>,
  { database, limit }: { readonly database: Database; readonly limit: number },
): Promise<readonly NotedCommand[]> {
  const rows = await database.rows<ActionRow>(operationStatements()['list-part-actions'], [part, subject, limit]);
  return rows.map(({ action_time: time, ...row }) => ({ ...row, time })).toReversed();
}
