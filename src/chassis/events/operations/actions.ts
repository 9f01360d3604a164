import type { Queryable } from '../../store/index.ts';
import { operationStatements } from './statements.ts';

/** What operators can do to a consumer. */
export type OperatorAction = 'redrive' | 'discard' | 'retry' | 'replay' | 'skip' | 'pause' | 'resume';

/** Who does something, and why. */
export interface By {
  /** A user id; "internal" for a call without a token. */
  readonly actor: string;
  readonly reason: string;
}

/** Something an operator did. */
export interface NotedAction extends By {
  readonly id: bigint;
  readonly action: OperatorAction;
  readonly consumer: string;
  readonly source: string;
  /** JSON. */
  readonly detail: string;
  readonly actionTime: Date;
}

/** Keeps what is done, in the transaction that does it. */
export async function noteAction(
  tx: Queryable,
  { actor, reason }: By,
  what: {
    readonly action: OperatorAction;
    readonly consumer: string;
    readonly source: string;
    readonly detail: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { action, consumer, source, detail } = what;
  const text = JSON.stringify(detail, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  await tx.execute(operationStatements()['note-action'], [action, consumer, source, actor, reason, text]);
}

interface ActionRow extends By {
  readonly id: bigint;
  readonly action: OperatorAction;
  readonly consumer: string;
  readonly source: string;
  readonly detail: string;
  readonly action_time: Date;
}

/** What was done, the latest first; `before`: the last that was given. */
export async function listActions(
  queryable: Queryable,
  options: { readonly consumer: string | undefined; readonly before: bigint | undefined; readonly limit: number },
): Promise<readonly NotedAction[]> {
  const { consumer, before, limit } = options;
  const rows = await queryable.rows<ActionRow>(operationStatements()['list-actions'], [consumer, before, limit]);
  return rows.map(({ action_time: actionTime, ...row }) => ({ ...row, actionTime }));
}
