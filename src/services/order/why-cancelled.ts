import { currentCall } from '../../chassis/core/index.ts';
import type { Order } from './domain.ts';

/** Who wants an order, or a part of it, undone, and why. */
export interface WhyCancelled {
  /** The account that asked; "internal" for a caller inside the suite. */
  readonly actor: string;
  readonly reason: 'CANCELLED_BY_CUSTOMER' | 'CANCELLED_BY_OPERATOR';
  readonly message: string;
}

/** Reads it off the call being served; `said` is the caller's own words, if any. */
export function whyCancelled(said: string, { userId: owner }: Pick<Order, 'userId'>): WhyCancelled {
  const userId = currentCall()?.principal?.userId;
  const own = userId === owner;
  return {
    actor: userId ?? 'internal',
    reason: own ? 'CANCELLED_BY_CUSTOMER' : 'CANCELLED_BY_OPERATOR',
    message: said === '' ? (own ? 'cancelled by the customer' : 'cancelled by an operator') : said,
  };
}
