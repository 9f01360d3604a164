import { appendEvents } from '../../chassis/events/index.ts';
import { loadStatements, type Queryable } from '../../chassis/store/index.ts';
import type { Booking, OrderId, Payment, PaymentId, PaymentMethodId, PaymentState, UserId } from './domain.ts';
import { ACCOUNTS } from './domain.ts';
import type { PublishedEvent } from './events.ts';
import {
  toOperation,
  toPayment,
  toTransaction,
  type Operation,
  type OperationKind,
  type OperationRow,
  type PaymentRow,
  type SettledOperation,
  type StoredPayment,
  type StoredTransaction,
  type TransactionRow,
} from './rows.ts';

/** The payments, what the provider was asked to do with them, and the ledger. Every method runs where it is told to: alone or in a transaction. */
export type PaymentRepository = ReturnType<typeof createPaymentRepository>;

/** A payment that starts. */
export interface NewPayment {
  readonly id: string;
  readonly orderId: OrderId;
  readonly userId: UserId;
  readonly paymentMethodId: PaymentMethodId;
  readonly requestId: string;
  readonly currency: string;
  readonly amount: bigint;
  readonly cardBrand: string;
  readonly cardLast4: string;
}

/** Something the provider is about to be asked. */
export interface NewOperation {
  readonly id: string;
  readonly paymentId: string;
  readonly kind: OperationKind;
  /** Minor units. */
  readonly minor: bigint;
  readonly reason: string;
  /** When the reconciler asks for itself, unless it is settled by then. */
  readonly settleAfterMs: number;
}

/** Which payments a page shows; undefined: any. */
export interface PaymentFilter {
  readonly userId: UserId | undefined;
  readonly orderId: OrderId | undefined;
  readonly state: PaymentState | undefined;
}

/** Which transactions a page shows; undefined: any. */
export interface TransactionFilter {
  readonly paymentId: PaymentId | undefined;
  readonly start: Date | undefined;
  readonly end: Date | undefined;
}

/** A page by its last key: what comes after it, and at most how many. */
export interface Keyset {
  readonly after: string | undefined;
  readonly limit: number;
}

const NAMES = [
  'insert-payment',
  'get-payment',
  'lock-payment',
  'lock-payment-of-request',
  'lock-payment-of-order',
  'update-payment',
  'list-payments',
  'insert-operation',
  'get-operation',
  'get-pending-operation',
  'settle-operation',
  'list-refunds',
  'claim-operations',
  'claim-holds',
  'insert-transaction',
  'list-transactions',
] as const;

/** Reads the statements once. */
export function createPaymentRepository(newId: () => string) {
  const sql = loadStatements(new URL('./sql/', import.meta.url), NAMES);
  const onePayment = async (on: Queryable, name: (typeof NAMES)[number], parameters: readonly unknown[]) => {
    const row = await on.one<PaymentRow>(sql[name], parameters);
    return row && toPayment(row);
  };

  return {
    get: (on: Queryable, id: PaymentId) => onePayment(on, 'get-payment', [id]),
    /** Nobody else changes the payment, or what the provider was asked about it, before the transaction ends. */
    lock: (tx: Queryable, id: PaymentId) => onePayment(tx, 'lock-payment', [id]),
    lockOfRequest: (tx: Queryable, requestId: string) => onePayment(tx, 'lock-payment-of-request', [requestId]),
    /** The order's payment that can still take or has taken money, or else its newest. */
    lockOfOrder: (tx: Queryable, orderId: OrderId) => onePayment(tx, 'lock-payment-of-order', [orderId]),

    /** A payment in AUTHORIZING. */
    async insert(tx: Queryable, payment: NewPayment): Promise<void> {
      const { id, orderId, userId, paymentMethodId, requestId, currency, amount, cardBrand, cardLast4 } = payment;
      const parameters = [id, orderId, userId, paymentMethodId, requestId, currency, amount, cardBrand, cardLast4];
      await tx.execute(sql['insert-payment'], parameters);
    },

    /** Writes the payment as a transition left it, and how far its events go. */
    async update(tx: Queryable, payment: Payment & Pick<StoredPayment, 'lastEvent'>): Promise<StoredPayment> {
      const { id, state, captured, refunded, refunding, declineCode, providerReference, captureReference } = payment;
      const amounts = [captured, refunded, refunding];
      const references = [declineCode, providerReference, captureReference, payment.expiresAt ?? null];
      const parameters = [id, state, ...amounts, ...references, payment.lastEvent];
      const stored = await onePayment(tx, 'update-payment', parameters);
      if (stored === undefined) throw new Error(`the payment ${id} vanished under its lock`);
      return stored;
    },

    /** Writes what the transition booked. */
    async book(
      tx: Queryable,
      payment: Payment,
      entry: {
        readonly bookings: readonly Booking[];
        readonly operationId: string | undefined;
        readonly reconciled: boolean;
      },
    ): Promise<void> {
      for (const { kind, minor, providerReference } of entry.bookings) {
        const { debit, credit } = ACCOUNTS[kind];
        const names = [newId(), payment.id, payment.orderId, entry.operationId ?? null, kind, debit, credit];
        const rest = [payment.currency, minor, providerReference, entry.reconciled];
        await tx.execute(sql['insert-transaction'], [...names, ...rest]);
      }
    },

    /** Writes the event into the outbox, as the last one that the locked payment says it has. */
    publish: (tx: Queryable, { id, lastEvent }: StoredPayment, event: PublishedEvent) =>
      appendEvents(tx, [{ aggregateType: 'payment', aggregateId: id, sequence: lastEvent, ...event }], { newId }),

    async list(on: Queryable, { userId, orderId, state }: PaymentFilter, { after, limit }: Keyset) {
      const parameters = [userId ?? null, orderId ?? null, state ?? null, after ?? null, limit];
      return (await on.rows<PaymentRow>(sql['list-payments'], parameters)).map(toPayment);
    },

    async listTransactions(
      on: Queryable,
      { paymentId, start, end }: TransactionFilter,
      { after, limit }: Keyset,
    ): Promise<StoredTransaction[]> {
      const parameters = [paymentId ?? null, start ?? null, end ?? null, after ?? null, limit];
      return (await on.rows<TransactionRow>(sql['list-transactions'], parameters)).map(toTransaction);
    },

    async insertOperation(tx: Queryable, operation: NewOperation): Promise<void> {
      const { id, paymentId, kind, minor, reason, settleAfterMs } = operation;
      const key = providerKey(kind, id);
      await tx.execute(sql['insert-operation'], [id, paymentId, kind, key, minor, reason, settleAfterMs]);
    },

    async getOperation(on: Queryable, id: string): Promise<Operation | undefined> {
      const row = await on.one<OperationRow>(sql['get-operation'], [id]);
      return row && toOperation(row);
    },

    /** The one that is not answered yet; refunds, of which there may be several, are not looked for so. */
    async pendingOperation(
      on: Queryable,
      paymentId: PaymentId,
      kind: Exclude<OperationKind, 'REFUND'>,
    ): Promise<Operation | undefined> {
      const row = await on.one<OperationRow>(sql['get-pending-operation'], [paymentId, kind]);
      return row && toOperation(row);
    },

    /** Ends a pending operation with what its callers hear. The payment is locked. */
    async settleOperation(tx: Queryable, settled: SettledOperation): Promise<void> {
      const { id, state, providerReference, answer } = settled;
      await tx.execute(sql['settle-operation'], [id, state, providerReference, JSON.stringify(answer)]);
    },

    /** Of each payment named, oldest first. */
    async refundsOf(on: Queryable, paymentIds: readonly PaymentId[]): Promise<Operation[]> {
      if (paymentIds.length === 0) return [];
      return (await on.rows<OperationRow>(sql['list-refunds'], [paymentIds])).map(toOperation);
    },

    /** Takes operations that wait for an answer for too long; whoever took one has `baseMs`, then twice that, to settle it. */
    claimOperations: (on: Queryable, limit: number, baseMs: number) =>
      on.rows<{ readonly id: string; readonly attempts: number }>(sql['claim-operations'], [limit, baseMs]),

    /** Takes authorized payments whose hold may be over. */
    claimHolds: (on: Queryable, limit: number, againAfterMs: number) =>
      on.rows<{ readonly id: PaymentId; readonly provider_reference: string }>(sql['claim-holds'], [
        limit,
        againAfterMs,
      ]),
  };
}

/** The Idempotency-Key that the provider is asked under. */
export function providerKey(kind: OperationKind, operationId: string): string {
  return `${kind.toLowerCase()}-${operationId}`;
}
