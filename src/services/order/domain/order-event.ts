import type { CartLine } from './cart-line.ts';
import type { Money } from './money.ts';
import type { Cancellation, LineCancellation, NewOrder, OrderState } from './order.ts';

/** One thing that happened to an order. Its events from the first on are all there is to know of it (evolve). */
export type OrderEvent = OrderFact & {
  /** Counts the events of the order from 1, without gaps. */
  readonly position: bigint;
  /** Empty when it is not of a step. */
  readonly step: string;
  /** 0 when it is not of a step. */
  readonly attempt: number;
  readonly reason: string;
  readonly message: string;
  /** A saga of the order was over with it. */
  readonly sagaEnded: boolean;
  /** Nothing is under way any more. */
  readonly settled: boolean;
  readonly learned?: Learned;
};

/** What an event tells; `state` is the order's after it. */
export type OrderFact =
  | { readonly kind: 'STATE_CHANGED'; readonly state: 'PENDING'; readonly placed: NewOrder }
  | { readonly kind: 'STATE_CHANGED'; readonly state: 'CONFIRMED' | 'CANCELLED' }
  | {
      readonly kind: 'STATE_CHANGED';
      readonly state: 'CANCELLING';
      readonly cancellation: Cancellation;
      /** The saga that undoes it; undefined: the checkout turned back. */
      readonly sagaId?: string;
    }
  | {
      readonly kind: 'LINES_CANCELLING';
      readonly state: OrderState;
      readonly lineCancellation: LineCancellation;
      readonly sagaId: string;
    }
  | {
      readonly kind: 'LINES_CANCELLED';
      readonly state: OrderState;
      /** What was taken out, each product once, and what that cost. */
      readonly lines: readonly CartLine[];
      readonly amount: Money;
    }
  | { readonly kind: 'LINES_KEPT' | HistoryKind; readonly state: OrderState };

/** What is told of a saga's way, without a change of the order but for what is `learned`. */
export type HistoryKind =
  | 'STEP_STARTED'
  | 'STEP_SUCCEEDED'
  | 'STEP_RETRYING'
  | 'STEP_FAILED'
  | 'STEP_UNDONE'
  | 'UNDO_RETRYING'
  | 'STEP_SKIPPED'
  | 'PARKED'
  | 'RESUMED';

/** What an event of an order tells. */
export type OrderEventKind = OrderFact['kind'];

/** What became known of an order with an event; what is absent stays as it was. */
export interface Learned {
  readonly reservationId?: string;
  readonly paymentId?: string;
  readonly shipmentId?: string;
  /** All that it has now. */
  readonly pointsAwarded?: bigint;
  /** All that went back to the customer by now. */
  readonly refunded?: Money;
  /** How many sagas are under way: of orders from before their history was all there is to know of them. */
  readonly activeSagas?: number;
}

/** Whether others hear of an event too: the order entered a state, or lost some of its lines. */
export function isToldOutside({ kind }: Pick<OrderEvent, 'kind'>): boolean {
  return kind === 'STATE_CHANGED' || kind === 'LINES_CANCELLED';
}
