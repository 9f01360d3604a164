import { hear, toRefusal, type Part, type PartState } from '../../chassis/choreography/index.ts';
import { commitReservationHandler } from './commit-reservation.ts';
import { ORDER_EVENTS } from './consumers/order-events.ts';
import { PAYMENT_EVENTS } from './consumers/payment-events.ts';
import type { Line } from './domain.ts';
import type { InventoryDependencies } from './inventory-dependencies.ts';
import { releaseReservationHandler } from './release-reservation.ts';
import { reserveStockHandler } from './reserve-stock.ts';

/** What the product process does in a checkout that events carry on. */
export type StockStep = 'reserve-stock' | 'release-stock' | 'commit-stock';

/** What it needs to know of the order. */
interface StockBrief {
  readonly [kept: string]: unknown;
  readonly lines: readonly Line[];
}

/** As in the checkout that a saga directs: a capture has no deadline, and what it paid for must still be there then. */
const RESERVATION_SECONDS = 24 * 60 * 60;

const UNDO_REASON = 'the checkout was given up';

/** Stock is held first, sold once it is paid for, and given back whatever happened to it when the order is given up. */
export function nextStockStep({ heard, said }: PartState<StockStep>): StockStep | undefined {
  if (heard.has('checkout.abandoned')) return said['release-stock'] === undefined ? 'release-stock' : undefined;
  if (heard.has('checkout-payment.captured')) return said['commit-stock'] === undefined ? 'commit-stock' : undefined;
  return heard.has('checkout.opened') && said['reserve-stock'] === undefined ? 'reserve-stock' : undefined;
}

/** The stock's part in a checkout without a saga: ReserveStock, CommitReservation and ReleaseReservation, done when events say so. */
export function stockPart(
  dependencies: InventoryDependencies,
  { undoAttempts }: { readonly undoAttempts: number },
): Part<StockStep, StockBrief> {
  const reserve = reserveStockHandler(dependencies);
  const release = releaseReservationHandler(dependencies);
  const commit = commitReservationHandler(dependencies);
  return {
    name: 'checkout-stock',
    hears: {
      order: [hear(ORDER_EVENTS.checkoutOpened, ({ lines }) => ({ lines })), hear(ORDER_EVENTS.checkoutAbandoned)],
      payment: [hear(PAYMENT_EVENTS.checkoutCaptured)],
    },
    next: nextStockStep,
    steps: {
      'reserve-stock': {
        async run({ key: requestId, subject: reservationId, brief: { lines = [] } }) {
          await reserve({ requestId, reservationId, lines: [...lines], ttlSeconds: RESERVATION_SECONDS });
          return { type: 'checkout-stock.held', payload: { order_id: reservationId } };
        },
        refused: (refusal, orderId) => ({
          type: 'checkout-stock.refused',
          payload: { order_id: orderId, refusal: toRefusal(refusal, 'product') },
        }),
      },
      'commit-stock': {
        async run({ key: requestId, subject: reservationId }) {
          await commit({ requestId, reservationId });
          return { type: 'checkout-stock.sold', payload: { order_id: reservationId } };
        },
      },
      'release-stock': {
        maxAttempts: undoAttempts,
        async run({ key: requestId, subject: reservationId }) {
          await release({ requestId, reservationId, reason: UNDO_REASON, returnCommitted: false });
          return { type: 'checkout-stock.released', payload: { order_id: reservationId } };
        },
      },
    },
  };
}
