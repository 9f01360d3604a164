/** One promise that does not hold, in words; starts with the invariant's name: "I1: ...". */
export type Breach = string;

/** An order as the order process keeps it. Amounts are whole minor units (cents), here and below. */
export interface WorldOrder {
  readonly id: string;
  readonly userId: string;
  readonly state: 'PENDING' | 'CONFIRMED' | 'CANCELLING' | 'CANCELLED';
  /** What is to be sold of it: without what was cancelled of it since. */
  readonly lines: readonly WorldLine[];
  readonly currency: string;
  /** What its customer is to have paid once it is CONFIRMED: without what was given back since. */
  readonly due: number;
  readonly pointsAwarded: number;
  readonly activeSagas: number;
  readonly lastPosition: number;
}

/** Some pieces of one product. */
export interface WorldLine {
  readonly productId: string;
  readonly quantity: number;
}

/** One event of an order's own history. */
export interface WorldOrderEvent {
  readonly orderId: string;
  readonly position: number;
  readonly kind: string;
  readonly state: WorldOrder['state'];
  readonly settled: boolean;
}

/** Something that the order process keeps of an order beside its events, and what the events make of it. */
export interface WorldOrderCopy {
  readonly orderId: string;
  readonly what: 'version' | 'snapshot' | 'listed order';
  /** As text. */
  readonly kept: string;
  /** The same, folded from the order's events. */
  readonly folded: string;
}

/** Where a saga stands. */
export interface WorldSaga {
  readonly id: string;
  readonly name: string;
  readonly state: 'RUNNING' | 'COMPENSATING' | 'PARKED' | 'COMPLETED' | 'COMPENSATED';
  /** The order it is about. */
  readonly orderId: string;
}

/** The checkout of an order that events carry on without a saga, as the order process keeps it. */
export interface WorldCheckout {
  readonly orderId: string;
  readonly phase: 'GATHERING' | 'PAYING' | 'CONFIRMED' | 'ABANDONED' | 'OVER';
  /** It got as far as to sell the stock. */
  readonly isSold: boolean;
  /** Steps that wait for an operator, at those who take part. */
  readonly parked: number;
}

/** One entry of a saga's log. */
export interface WorldSagaEntry {
  readonly sagaId: string;
  readonly position: number;
  readonly kind: string;
  readonly step: string | undefined;
  readonly direction: 'FORWARD' | 'BACKWARD';
}

/** How much of a product is where. */
export interface WorldStock {
  readonly productId: string;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
  readonly received: number;
}

/** One change of stock as the log has it, with the stock after it. */
export interface WorldStockChange extends WorldStock {
  readonly position: number;
  readonly kind: string;
  readonly quantity: number;
  readonly reservationId: string | undefined;
}

/** Stock held, sold or given back together; its id is the order's. */
export interface WorldReservation {
  readonly id: string;
  readonly state: 'HELD' | 'COMMITTED' | 'RELEASED' | 'EXPIRED' | 'TOMBSTONED';
  readonly lines: readonly WorldLine[];
}

/** What the payment provider's own ledger says of one order. */
export interface ProviderAccount {
  readonly orderId: string;
  readonly currency: string;
  readonly held: number;
  readonly captured: number;
  readonly refunded: number;
  readonly captures: number;
}

/** A payment as the payment process keeps it. */
export interface WorldPayment {
  readonly id: string;
  readonly orderId: string;
  readonly state: string;
  readonly captured: number;
  readonly refunded: number;
  /** On its way back. */
  readonly refunding: number;
}

/** One side of a double entry: above zero is a debit, below a credit. */
export interface Posting {
  readonly transactionId: string;
  readonly orderId: string;
  readonly account: string;
  readonly currency: string;
  readonly amount: number;
}

/** One entry of the points ledger: an award is above zero, a revocation below. */
export interface WorldPoints {
  readonly userId: string;
  readonly orderId: string | undefined;
  readonly kind: 'AWARD' | 'REVOCATION';
  readonly points: number;
  readonly balanceAfter: number;
}

/** What stands on a customer's account of points. */
export interface WorldBalance {
  readonly userId: string;
  readonly points: number;
}

/** A parcel as the shipping process keeps it. */
export interface WorldShipment {
  readonly orderId: string;
  readonly state: string;
  /** The carrier's own id; empty when it never took it. */
  readonly parcelId: string;
}

/** A parcel in the carrier's own record. */
export interface WorldParcel {
  readonly id: string;
  readonly cancelled: boolean;
}

/** A message as the notification process keeps it. */
export interface WorldNotification {
  readonly id: string;
  readonly orderId: string | undefined;
  readonly channel: string;
  readonly template: string;
  readonly state: string;
}

/** A mail that the mail server has. */
export interface WorldMail {
  /** The notification's id, which its Message-ID is made of. */
  readonly notificationId: string;
}

/** One event of a service's outbox. */
export interface OutboxRow {
  readonly service: string;
  readonly eventId: string;
  /** What it is about: "reservation 0199...". Its events are delivered in their order. */
  readonly aggregate: string;
  /** Its place among the aggregate's events, from 1. */
  readonly sequence: number;
  /** "reservation.held". */
  readonly type: string;
}

/**
 * Everything that the invariants speak of, read once: from the databases, past the services, and from the outside
 * witnesses. Each check takes the parts it needs, so that a simulation can make those itself.
 */
export interface World {
  readonly orders: readonly WorldOrder[];
  /** By position within each order. */
  readonly orderEvents: readonly WorldOrderEvent[];
  readonly orderCopies: readonly WorldOrderCopy[];
  readonly sagas: readonly WorldSaga[];
  readonly checkouts: readonly WorldCheckout[];
  /** By position. */
  readonly sagaEntries: readonly WorldSagaEntry[];
  readonly stock: readonly WorldStock[];
  /** By position. */
  readonly stockChanges: readonly WorldStockChange[];
  /** True when the log was trimmed: what is left does not add up from zero. */
  readonly isStockLogTrimmed: boolean;
  readonly reservations: readonly WorldReservation[];
  readonly provider: readonly ProviderAccount[];
  readonly payments: readonly WorldPayment[];
  readonly postings: readonly Posting[];
  /** In the order they were made. */
  readonly points: readonly WorldPoints[];
  readonly balances: readonly WorldBalance[];
  readonly shipments: readonly WorldShipment[];
  readonly parcels: readonly WorldParcel[];
  readonly notifications: readonly WorldNotification[];
  readonly mails: readonly WorldMail[];
  /** By position within each service; empty where a service has no outbox. */
  readonly outbox: readonly OutboxRow[];
}
