import { CheckoutPointsAwarded, PointsChanged } from '../../../gen/tradewind/loyalty/v1/events.ts';
import { eventType, type EventType, type NewEvent } from '../../chassis/events/index.ts';
import type { Balance, EntryKind } from './domain.ts';
import type { NewEntry } from './repository.ts';

const points = { schema: 'tradewind.loyalty.v1.PointsChanged', message: PointsChanged };

const ENTRY_EVENTS = {
  AWARD: eventType('points.awarded', points),
  REVOCATION: eventType('points.revoked', points),
} as const satisfies Readonly<Record<EntryKind, EventType<PointsChanged>>>;

/** What the loyalty process publishes; awards are also told by sql/award-many.sql. */
export const LOYALTY_EVENTS = {
  ...ENTRY_EVENTS,
  checkoutAwarded: eventType('checkout-points.awarded', {
    schema: 'tradewind.loyalty.v1.CheckoutPointsAwarded',
    message: CheckoutPointsAwarded,
  }),
} as const;

/** A line of the ledger, as the outbox keeps it; `balance`: as the line left it. Points are text: JSON numbers do not hold them all. */
export function entryMade(entry: NewEntry, balance: Balance): NewEvent {
  return {
    aggregateType: 'balance',
    aggregateId: balance.userId,
    sequence: balance.version,
    type: LOYALTY_EVENTS[entry.kind].type,
    payload: {
      entry_id: entry.id,
      user_id: entry.userId,
      points: String(entry.points),
      order_id: entry.orderId ?? null,
      balance: String(entry.balanceAfter),
      ...(entry.awardEntryId !== undefined && { award_entry_id: entry.awardEntryId }),
    },
  };
}
