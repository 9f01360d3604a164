import type { Standing as StandingMessage } from '../../../gen/tradewind/loyalty/v1/loyalty.ts';
import {
  Balance as BalanceMessage,
  Entry as EntryMessage,
  EntryKind as EntryKindMessage,
  Tier as TierMessage,
} from '../../../gen/tradewind/loyalty/v1/loyalty.ts';
import type { Balance, EntryKind, Standing, UserId } from './domain.ts';
import type { NewEntry } from './repository.ts';

/** The entry as the contract shows it. */
export function entryMessage(entry: NewEntry): EntryMessage {
  return EntryMessage.fromPartial({
    id: entry.id,
    userId: entry.userId,
    kind: entry.kind === 'AWARD' ? EntryKindMessage.ENTRY_KIND_AWARD : EntryKindMessage.ENTRY_KIND_REVOCATION,
    points: entry.points,
    reason: entry.reason,
    orderId: entry.orderId ?? '',
    awardEntryId: entry.awardEntryId ?? '',
    balanceAfter: entry.balanceAfter,
    createTime: entry.createTime,
  });
}

/** The balance as the contract shows it. */
export function balanceMessage({
  userId,
  points,
  lifetimePoints,
  updateTime,
}: Omit<Balance, 'version'>): BalanceMessage {
  return BalanceMessage.fromPartial({ userId, points, lifetimePoints, updateTime });
}

/** What a user has who never got anything. */
export function emptyBalance(userId: UserId): BalanceMessage {
  return BalanceMessage.fromPartial({ userId });
}

/** The standing as the contract shows it. */
export function standingMessage({ tier, qualifyingPoints, nextTierPoints = 0n }: Standing): StandingMessage {
  return { tier: TierMessage[`TIER_${tier}`], qualifyingPoints, nextTierPoints };
}

/** The kind that a request names; undefined for "unspecified". */
export function fromEntryKind(kind: EntryKindMessage): EntryKind | undefined {
  if (kind === EntryKindMessage.ENTRY_KIND_AWARD) return 'AWARD';
  if (kind === EntryKindMessage.ENTRY_KIND_REVOCATION) return 'REVOCATION';
  return undefined;
}
