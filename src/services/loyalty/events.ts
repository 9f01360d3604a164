import type { NewEvent } from '../../chassis/events/index.ts';
import type { Balance } from './domain.ts';
import type { NewEntry } from './repository.ts';

/** A line of the ledger, as the outbox keeps it; `balance`: as the line left it. Points are text: JSON numbers do not hold them all. */
export function entryMade(entry: NewEntry, balance: Balance): NewEvent {
  return {
    aggregateType: 'balance',
    aggregateId: balance.userId,
    sequence: balance.version,
    type: entry.kind === 'AWARD' ? 'points.awarded' : 'points.revoked',
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
