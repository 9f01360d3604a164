import type { Queryable } from '../../chassis/store/index.ts';
import type { OrderId, UserId } from './domain.ts';
import { statements } from './statements.ts';

/** A confirmed order, as far as tiers care. */
export interface Purchase {
  readonly orderId: OrderId;
  readonly userId: UserId;
  /** What it comes to without what was cancelled of it. */
  readonly points: bigint;
  readonly confirmTime: Date;
}

/** What was bought. Every function runs where it is told to: alone or in a transaction. */
export const purchases = {
  /** Told again, an order keeps the time at which it was first confirmed. */
  async keep(tx: Queryable, { orderId, userId, points, confirmTime }: Purchase): Promise<void> {
    await tx.execute(statements['keep-purchase'], [orderId, userId, points, confirmTime]);
  },

  async reduce(tx: Queryable, orderId: OrderId, points: bigint): Promise<void> {
    await tx.execute(statements['reduce-purchase'], [orderId, points]);
  },

  async remove(tx: Queryable, orderId: OrderId): Promise<void> {
    await tx.execute(statements['delete-purchase'], [orderId]);
  },

  /** What a user's orders come to that were confirmed after an instant. */
  async sumSince(on: Queryable, userId: UserId, since: Date): Promise<bigint> {
    const row = await on.one<{ readonly points: bigint }>(statements['sum-purchases'], [userId, since]);
    return row?.points ?? 0n;
  },

  /** Lets go of orders that were confirmed before, at most so many; returns how many went. */
  forget(on: Queryable, options: { readonly before: Date; readonly limit: number }): Promise<number> {
    return on.execute(statements['forget-purchases'], [options.before, options.limit]);
  },
};
