import type {
  LedgerAccount,
  OrderId,
  Payment,
  PaymentId,
  PaymentMethodId,
  PaymentState,
  TransactionKind,
  UserId,
} from './domain.ts';

/** What the provider can be asked to do with a payment. */
export type OperationKind = 'AUTHORIZE' | 'CAPTURE' | 'VOID' | 'REFUND';

/** A payment with what only the database knows of it. */
export interface StoredPayment extends Payment {
  /** Rises by one with each change. */
  readonly version: bigint;
  /** The sequence of its last event in the outbox; 0: there is none yet. */
  readonly lastEvent: bigint;
  readonly createTime: Date;
  readonly updateTime: Date;
}

/** Something the provider was asked to do with a payment. */
export interface Operation {
  readonly id: string;
  readonly paymentId: PaymentId;
  readonly kind: OperationKind;
  readonly state: 'PENDING' | 'SUCCEEDED' | 'REFUSED';
  /** The Idempotency-Key it is asked under. */
  readonly key: string;
  /** Minor units. */
  readonly minor: bigint;
  readonly reason: string;
  readonly providerReference: string;
  /** What callers hear; undefined while PENDING. */
  readonly answer: unknown;
  readonly createTime: Date;
  readonly updateTime: Date;
}

/** An operation with its outcome. */
export interface SettledOperation extends Operation {
  readonly state: 'SUCCEEDED' | 'REFUSED';
  readonly answer: object;
}

/** One double entry, as one row: an amount on two accounts. */
export interface StoredTransaction {
  readonly id: string;
  readonly paymentId: PaymentId;
  readonly orderId: OrderId;
  readonly kind: TransactionKind;
  readonly debit: LedgerAccount;
  readonly credit: LedgerAccount;
  readonly currency: string;
  readonly minor: bigint;
  readonly providerReference: string;
  readonly reconciled: boolean;
  readonly createTime: Date;
}

/** A card, kept or on its way. */
export interface StoredMethod {
  readonly id: PaymentMethodId;
  readonly userId: UserId;
  readonly state: 'ADDING' | 'KEPT' | 'REFUSED' | 'ABANDONED' | 'DELETED';
  /** The Idempotency-Key it is sent to the provider under. */
  readonly key: string;
  /** What the provider calls it; empty while it was not kept, as are brand and last4. */
  readonly token: string;
  readonly brand: string;
  readonly last4: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  readonly holderName: string;
  readonly makeDefault: boolean;
  readonly isDefault: boolean;
  readonly answer: unknown;
  readonly forgotten: boolean;
  readonly attempts: number;
  readonly createTime: Date;
}

/** The columns of `payment`. */
export interface PaymentRow {
  readonly id: PaymentId;
  readonly order_id: OrderId;
  readonly user_id: UserId;
  readonly payment_method_id: PaymentMethodId;
  readonly state: PaymentState;
  readonly currency: string;
  readonly amount: bigint;
  readonly captured: bigint;
  readonly refunded: bigint;
  readonly refunding: bigint;
  readonly card_brand: string;
  readonly card_last4: string;
  readonly decline_code: string;
  readonly provider_reference: string;
  readonly capture_reference: string;
  readonly expire_time: Date | null;
  readonly version: bigint;
  readonly last_event: bigint;
  readonly create_time: Date;
  readonly update_time: Date;
}

/** The columns of `provider_operation`. */
export interface OperationRow {
  readonly id: string;
  readonly payment_id: PaymentId;
  readonly kind: OperationKind;
  readonly state: Operation['state'];
  readonly provider_key: string;
  readonly amount: bigint;
  readonly reason: string;
  readonly provider_reference: string;
  readonly answer: unknown;
  readonly create_time: Date;
  readonly update_time: Date;
}

/** The columns of `ledger_transaction`. */
export interface TransactionRow {
  readonly id: string;
  readonly payment_id: PaymentId;
  readonly order_id: OrderId;
  readonly kind: TransactionKind;
  readonly debit_account: LedgerAccount;
  readonly credit_account: LedgerAccount;
  readonly currency: string;
  readonly amount: bigint;
  readonly provider_reference: string;
  readonly reconciled: boolean;
  readonly create_time: Date;
}

/** The columns of `payment_method`. */
export interface MethodRow {
  readonly id: PaymentMethodId;
  readonly user_id: UserId;
  readonly state: StoredMethod['state'];
  readonly provider_key: string;
  readonly provider_token: string | null;
  readonly brand: string | null;
  readonly last4: string | null;
  readonly expiry_month: number;
  readonly expiry_year: number;
  readonly holder_name: string;
  readonly make_default: boolean;
  readonly is_default: boolean;
  readonly answer: unknown;
  readonly forgotten: boolean;
  readonly attempts: number;
  readonly create_time: Date;
}

/** A row as the code names it. */
export function toPayment(row: PaymentRow): StoredPayment {
  return {
    id: row.id,
    orderId: row.order_id,
    userId: row.user_id,
    paymentMethodId: row.payment_method_id,
    state: row.state,
    currency: row.currency,
    amount: row.amount,
    captured: row.captured,
    refunded: row.refunded,
    refunding: row.refunding,
    cardBrand: row.card_brand,
    cardLast4: row.card_last4,
    declineCode: row.decline_code,
    providerReference: row.provider_reference,
    captureReference: row.capture_reference,
    expiresAt: row.expire_time ?? undefined,
    version: row.version,
    lastEvent: row.last_event,
    createTime: row.create_time,
    updateTime: row.update_time,
  };
}

/** A row as the code names it. */
export function toOperation(row: OperationRow): Operation {
  return {
    id: row.id,
    paymentId: row.payment_id,
    kind: row.kind,
    state: row.state,
    key: row.provider_key,
    minor: row.amount,
    reason: row.reason,
    providerReference: row.provider_reference,
    answer: row.answer ?? undefined,
    createTime: row.create_time,
    updateTime: row.update_time,
  };
}

/** A row as the code names it. */
export function toTransaction(row: TransactionRow): StoredTransaction {
  return {
    id: row.id,
    paymentId: row.payment_id,
    orderId: row.order_id,
    kind: row.kind,
    debit: row.debit_account,
    credit: row.credit_account,
    currency: row.currency,
    minor: row.amount,
    providerReference: row.provider_reference,
    reconciled: row.reconciled,
    createTime: row.create_time,
  };
}

/** A row as the code names it. */
export function toMethod(row: MethodRow): StoredMethod {
  return {
    id: row.id,
    userId: row.user_id,
    state: row.state,
    key: row.provider_key,
    token: row.provider_token ?? '',
    brand: row.brand ?? '',
    last4: row.last4 ?? '',
    expiryMonth: row.expiry_month,
    expiryYear: row.expiry_year,
    holderName: row.holder_name,
    makeDefault: row.make_default,
    isDefault: row.is_default,
    answer: row.answer ?? undefined,
    forgotten: row.forgotten,
    attempts: row.attempts,
    createTime: row.create_time,
  };
}
