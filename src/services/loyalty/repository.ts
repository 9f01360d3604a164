import type { Queryable } from '../../chassis/store/index.ts';
import type { Award, Balance, EntryId, EntryKind, OrderId, UserId } from './domain.ts';
import { statements } from './statements.ts';

/** One line of the ledger, as it will be for ever. */
export interface NewEntry {
  readonly id: EntryId;
  readonly userId: UserId;
  readonly kind: EntryKind;
  readonly points: bigint;
  readonly reason: string;
  readonly orderId: OrderId | undefined;
  /** Of an award: the request it came by. */
  readonly awardRequestId: string | undefined;
  /** Of a revocation: the award it takes from. */
  readonly awardEntryId: EntryId | undefined;
  readonly balanceAfter: bigint;
  readonly createTime: Date;
}

/** A line with its place. */
export interface Entry extends NewEntry {
  /** Rises with each entry of a user. */
  readonly position: bigint;
}

/** Which entries a page shows; undefined: any. */
export interface EntryFilter {
  readonly userId: string | undefined;
  readonly orderId: OrderId | undefined;
  readonly kind: EntryKind | undefined;
}

/** An award, by name alone. */
export interface FoundAward {
  readonly id: EntryId;
  readonly userId: UserId;
}

/** The ledger and the balances. Every function runs where it is told to: alone or in a transaction. */
export const ledger = {
  async getBalance(on: Queryable, userId: UserId): Promise<Balance | undefined> {
    const row = await on.one<BalanceRow>(statements['get-balance'], [userId]);
    return row && toBalance(row);
  },

  /** The user's balance, locked, opened when there was none: it must get an entry. */
  async openBalance(tx: Queryable, userId: UserId, now: Date): Promise<Balance> {
    await tx.execute(statements['open-balance'], [userId, now]);
    const balance = (await ledger.lockBalances(tx, [userId])).get(userId);
    if (balance === undefined) throw new Error(`the balance of ${userId} vanished`);
    return balance;
  },

  /** Nobody else makes entries for these users before the transaction ends. */
  async lockBalances(tx: Queryable, userIds: readonly UserId[]): Promise<Map<UserId, Balance>> {
    const rows = await tx.rows<BalanceRow>(statements['lock-balances'], [userIds]);
    return new Map(rows.map((row) => [row.user_id, toBalance(row)]));
  },

  async saveBalance(tx: Queryable, { userId, points, lifetimePoints, version, updateTime }: Balance): Promise<void> {
    await tx.execute(statements['update-balance'], [userId, points, lifetimePoints, version, updateTime]);
  },

  async insert(tx: Queryable, entry: NewEntry): Promise<void> {
    await tx.execute(statements['insert-entry'], [
      entry.id,
      entry.userId,
      entry.kind,
      entry.points,
      entry.reason,
      entry.orderId ?? null,
      entry.awardRequestId ?? null,
      entry.awardEntryId ?? null,
      entry.balanceAfter,
      entry.createTime,
    ]);
  },

  async get(on: Queryable, id: EntryId): Promise<Entry | undefined> {
    const row = await on.one<EntryRow>(statements['get-entry'], [id]);
    return row && toEntry(row);
  },

  async awardsOfRequest(on: Queryable, requestId: string): Promise<readonly FoundAward[]> {
    return (await on.rows<FoundRow>(statements['find-award-of-request'], [requestId])).map(toFound);
  },

  async awardsOfOrder(on: Queryable, orderId: OrderId): Promise<readonly FoundAward[]> {
    return (await on.rows<FoundRow>(statements['find-awards-of-order'], [orderId])).map(toFound);
  },

  /** Newest first. Their balances must be locked, or what is left of them may change. */
  async readAwards(tx: Queryable, ids: readonly EntryId[]): Promise<readonly Award[]> {
    const rows = await tx.rows<AwardRow>(statements['read-awards'], [ids]);
    return rows.map((row) => ({ ...toFound(row), orderId: row.order_id ?? undefined, leftPoints: row.left_points }));
  },

  /** Newest first. */
  async list(on: Queryable, filter: EntryFilter, page: { readonly after: string | undefined; readonly limit: number }) {
    const { userId, orderId, kind } = filter;
    const parameters = [userId ?? null, orderId ?? null, kind ?? null, page.after ?? null, page.limit];
    return (await on.rows<EntryRow>(statements['list-entries'], parameters)).map(toEntry);
  },
};

interface BalanceRow {
  readonly user_id: UserId;
  readonly points: bigint;
  readonly lifetime_points: bigint;
  readonly version: bigint;
  readonly update_time: Date;
}

interface FoundRow {
  readonly id: EntryId;
  readonly user_id: UserId;
}

interface AwardRow extends FoundRow {
  readonly order_id: OrderId | null;
  readonly left_points: bigint;
}

interface EntryRow extends FoundRow {
  readonly position: bigint;
  readonly kind: EntryKind;
  readonly points: bigint;
  readonly reason: string;
  readonly order_id: OrderId | null;
  readonly award_request_id: string | null;
  readonly award_entry_id: EntryId | null;
  readonly balance_after: bigint;
  readonly create_time: Date;
}

function toBalance(row: BalanceRow): Balance {
  return {
    userId: row.user_id,
    points: row.points,
    lifetimePoints: row.lifetime_points,
    version: row.version,
    updateTime: row.update_time,
  };
}

function toFound({ id, user_id: userId }: FoundRow): FoundAward {
  return { id, userId };
}

function toEntry(row: EntryRow): Entry {
  return {
    id: row.id,
    position: row.position,
    userId: row.user_id,
    kind: row.kind,
    points: row.points,
    reason: row.reason,
    orderId: row.order_id ?? undefined,
    awardRequestId: row.award_request_id ?? undefined,
    awardEntryId: row.award_entry_id ?? undefined,
    balanceAfter: row.balance_after,
    createTime: row.create_time,
  };
}
