import { loadStatements, type Queryable } from '../../chassis/store/index.ts';
import type { PaymentMethodId, UserId } from './domain.ts';
import type { Keyset } from './repository.ts';
import { toMethod, type MethodRow, type StoredMethod } from './rows.ts';

/** The cards: no number and no security code is ever handed to it. */
export type MethodRepository = ReturnType<typeof createMethodRepository>;

/** A card the provider is about to be shown. */
export interface NewMethod {
  readonly id: string;
  readonly userId: UserId;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  readonly holderName: string;
  readonly makeDefault: boolean;
  /** When the reconciler asks what became of it. */
  readonly settleAfterMs: number;
}

const NAMES = [
  'lock-cards-of-user',
  'count-methods',
  'insert-method',
  'get-method',
  'lock-method',
  'get-default-method',
  'clear-default-method',
  'keep-method',
  'end-method',
  'delete-method',
  'make-newest-default',
  'forget-method',
  'list-methods',
  'claim-methods',
] as const;

/** Reads the statements once. */
export function createMethodRepository() {
  const sql = loadStatements(new URL('./sql/', import.meta.url), NAMES);
  const one = async (on: Queryable, name: (typeof NAMES)[number], parameters: readonly unknown[]) => {
    const row = await on.one<MethodRow>(sql[name], parameters);
    return row && toMethod(row);
  };

  return {
    get: (on: Queryable, id: PaymentMethodId) => one(on, 'get-method', [id]),
    lock: (tx: Queryable, id: PaymentMethodId) => one(tx, 'lock-method', [id]),
    defaultOf: (on: Queryable, userId: UserId) => one(on, 'get-default-method', [userId]),

    /** The user's cards, and which is the default, change by one transaction at a time. */
    lockCardsOf: (tx: Queryable, userId: UserId) => tx.rows(sql['lock-cards-of-user'], [userId]),

    /** How many cards the user has or is adding. */
    async count(on: Queryable, userId: UserId): Promise<number> {
      const row = await on.one<{ readonly count: bigint }>(sql['count-methods'], [userId]);
      return Number(row?.count ?? 0n);
    },

    async insert(tx: Queryable, method: NewMethod): Promise<void> {
      const { id, userId, expiryMonth, expiryYear, holderName, makeDefault, settleAfterMs } = method;
      const key = `card-${id}`;
      await tx.execute(sql['insert-method'], [
        id,
        userId,
        key,
        expiryMonth,
        expiryYear,
        holderName,
        makeDefault,
        settleAfterMs,
      ]);
    },

    /** Writes what the provider made of the card. A card that becomes the default takes over from the one before. */
    async keep(
      tx: Queryable,
      method: StoredMethod,
      kept: {
        readonly token: string;
        readonly brand: string;
        readonly last4: string;
        readonly isDefault: boolean;
        readonly answer: object;
      },
    ): Promise<void> {
      if (kept.isDefault) await tx.execute(sql['clear-default-method'], [method.userId]);
      const parameters = [kept.token, kept.brand, kept.last4, kept.isDefault, JSON.stringify(kept.answer)];
      await tx.execute(sql['keep-method'], [method.id, ...parameters]);
    },

    async refuse(tx: Queryable, id: PaymentMethodId, answer: object): Promise<void> {
      await tx.execute(sql['end-method'], [id, 'REFUSED', JSON.stringify(answer)]);
    },

    async abandon(tx: Queryable, id: PaymentMethodId): Promise<void> {
      await tx.execute(sql['end-method'], [id, 'ABANDONED', null]);
    },

    /** Deletes a kept card here; the newest that is left becomes the default when this one was. */
    async delete(tx: Queryable, method: StoredMethod, settleAfterMs: number): Promise<void> {
      await tx.execute(sql['delete-method'], [method.id, settleAfterMs]);
      if (method.isDefault) await tx.execute(sql['make-newest-default'], [method.userId]);
    },

    /** The provider has been told. */
    async forget(on: Queryable, id: PaymentMethodId): Promise<void> {
      await on.execute(sql['forget-method'], [id]);
    },

    async list(on: Queryable, userId: UserId, { after, limit }: Keyset): Promise<StoredMethod[]> {
      return (await on.rows<MethodRow>(sql['list-methods'], [userId, after ?? null, limit])).map(toMethod);
    },

    /** Takes cards whose fate at the provider is open for too long; see claimOperations. */
    async claim(on: Queryable, limit: number, baseMs: number): Promise<StoredMethod[]> {
      return (await on.rows<MethodRow>(sql['claim-methods'], [limit, baseMs])).map(toMethod);
    },
  };
}
