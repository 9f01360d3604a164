import { AppError, idParser, type Branded } from '../../chassis/core/index.ts';

export { QUALIFYING_MS, standingOf, type Standing, type Tier } from './domain/tiers.ts';

/** Names whose points they are; of the user process. */
export type UserId = Branded<'UserId'>;
/** Names the order an entry is about; of the order process. */
export type OrderId = Branded<'OrderId'>;
/** Names a line of the ledger. */
export type EntryId = Branded<'EntryId'>;

/** The parsers; INVALID_ARGUMENT names the field. */
export const parseUserId = idParser<'UserId'>('user_id');
export const parseOrderId = idParser<'OrderId'>('order_id');
export const parseEntryId = idParser<'EntryId'>('entry_id');

/** No balance passes it, as the contract promises. */
export const MAX_BALANCE = 10n ** 15n;

/** What an entry does to the balance. */
export type EntryKind = 'AWARD' | 'REVOCATION';

/** A user's points. */
export interface Balance {
  readonly userId: UserId;
  readonly points: bigint;
  /** Everything ever awarded. */
  readonly lifetimePoints: bigint;
  /** How many entries there are: rises by one with each. */
  readonly version: bigint;
  /** When the last entry was made. */
  readonly updateTime: Date;
}

/** An award with what was not taken back of it. */
export interface Award {
  readonly id: EntryId;
  readonly userId: UserId;
  readonly orderId: OrderId | undefined;
  readonly leftPoints: bigint;
}

/** So many points to take back from one award. */
export interface Taking {
  readonly award: Award;
  /** Above zero. */
  readonly points: bigint;
}

/** The balance with more points. Throws BALANCE_LIMIT. */
export function withAward(balance: Balance, points: bigint, now: Date): Balance {
  if (balance.points + points > MAX_BALANCE) {
    throw new AppError({
      status: 'FAILED_PRECONDITION',
      reason: 'BALANCE_LIMIT',
      message: `the balance would pass ${MAX_BALANCE} points`,
      metadata: { points: String(balance.points) },
    });
  }
  return {
    ...balance,
    points: balance.points + points,
    lifetimePoints: balance.lifetimePoints + points,
    version: balance.version + 1n,
    updateTime: now,
  };
}

/** The balance without points that an award had given. */
export function withRevocation(balance: Balance, points: bigint, now: Date): Balance {
  return { ...balance, points: balance.points - points, version: balance.version + 1n, updateTime: now };
}

/**
 * Where revoked points come from: the newest award first. `wanted` undefined means all that are left, which may be none.
 * Throws POINTS_EXCEED_AWARD.
 */
export function planRevocation(awards: readonly Award[], wanted: bigint | undefined): readonly Taking[] {
  const left = awards.reduce((sum, award) => sum + award.leftPoints, 0n);
  if (wanted !== undefined && wanted > left) throw pointsExceedAward(wanted, left);
  const takings: Taking[] = [];
  let open = wanted ?? left;
  for (const award of awards) {
    const points = award.leftPoints < open ? award.leftPoints : open;
    if (points > 0n) takings.push({ award, points });
    open -= points;
  }
  return takings;
}

/** NOT_FOUND, ENTRY_NOT_FOUND. */
export function entryNotFound(name: string): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason: 'ENTRY_NOT_FOUND',
    message: `there is no award ${name}`,
    details: [{ kind: 'resourceInfo', resourceType: 'entry', resourceName: name }],
  });
}

/** FAILED_PRECONDITION, ENTRY_NOT_AN_AWARD. */
export function notAnAward(id: EntryId): AppError {
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'ENTRY_NOT_AN_AWARD',
    message: `the entry ${id} is a revocation, and those are not taken back`,
  });
}

function pointsExceedAward(wanted: bigint, left: bigint): AppError {
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'POINTS_EXCEED_AWARD',
    message: `${wanted} points cannot be taken back: ${left} are left`,
    metadata: { left_points: String(left) },
  });
}
