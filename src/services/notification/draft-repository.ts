import { currentCall } from '../../chassis/core/index.ts';
import type { Queryable } from '../../chassis/store/index.ts';
import type { Channel, Draft, NewDraft, OrderId, UserId } from './domain.ts';
import { statements } from './statements.ts';

/** The drafts. Every function runs where it is told to: alone or in a transaction. */
export const drafts = {
  /** Of an order, each template and channel once: what is said again is not written again. */
  async insert(tx: Queryable, { userId, channel, template, parameters, orderId }: NewDraft): Promise<void> {
    const traceparent = currentCall()?.trace?.traceparent ?? null;
    const row = [userId, channel, template, JSON.stringify(parameters), orderId ?? null, traceparent];
    await tx.execute(statements['insert-draft'], row);
  },

  /** Takes drafts that are due; nobody else takes them for `leaseMs`, and longer with each attempt. */
  async claim(on: Queryable, limit: number, leaseMs: number): Promise<readonly Draft[]> {
    return (await on.rows<DraftRow>(statements['claim-drafts'], [limit, leaseMs])).map(toDraft);
  },

  /** Takes drafts out for good; those that are still there, and so this transaction's. */
  async take(tx: Queryable, ids: readonly bigint[]): Promise<ReadonlySet<bigint>> {
    const taken = await tx.rows<{ readonly id: bigint }>(statements['take-drafts'], [ids]);
    return new Set(taken.map(({ id }) => id));
  },
};

interface DraftRow {
  readonly id: bigint;
  readonly user_id: UserId;
  readonly channel: Channel;
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly order_id: OrderId | null;
  readonly trace_parent: string | null;
  readonly attempts: number;
}

function toDraft({ id, user_id, channel, template, parameters, order_id, trace_parent, attempts }: DraftRow): Draft {
  return {
    ...{ id, channel, template, parameters, attempts },
    userId: user_id,
    orderId: order_id ?? undefined,
    traceparent: trace_parent ?? undefined,
  };
}
