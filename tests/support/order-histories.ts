import { newId } from '../../src/chassis/core/index.ts';
import {
  advance,
  beginCancellation,
  beginLineCancellation,
  evolve,
  parseOrderId,
  parseUserId,
  placeOrder,
  type Decision,
  type NewOrder,
  type Order,
  type OrderSaga,
  type SagaNews,
  type SagaNewsEntry,
} from '../../src/services/order/domain.ts';

const TIME = new Date('2026-01-02T03:04:05Z');

const CHECKOUT = [
  ...['reserve-stock', 'authorize-payment', 'arrange-shipment', 'capture-payment'],
  ...['confirm', 'notify', 'award-points'],
];
const CANCELLATION = ['cancel-shipment', 'refund-payment', 'return-stock', 'revoke-points', 'notify'];
const PARTIAL = ['amend-shipment', 'refund-payment', 'return-stock', 'revoke-points', 'notify'];

const euros = (units: number) => ({ currencyCode: 'EUR', units: BigInt(units), nanos: 0 });

/** Three pieces of one product and one of another, for a customer. */
export function aCart(rest: Partial<NewOrder> = {}): NewOrder {
  const line = (productId: string, quantity: number, price: number) => ({
    ...{ productId, sku: productId, name: `Product ${productId}`, quantity },
    ...{ unitPrice: euros(price), lineTotal: euros(price * quantity) },
  });
  return {
    ...{ id: parseOrderId(newId()), userId: parseUserId(newId()), sagaId: newId(), paymentMethodId: newId() },
    lines: [line('01890000-0000-7000-8000-00000000000a', 3, 40), line('01890000-0000-7000-8000-00000000000b', 1, 7)],
    total: euros(127),
    shippingAddress: { recipient: 'Ada', lines: ['1 Main Street'], city: 'Berlin', postalCode: '1', region: '', countryCode: 'DE' }, // prettier-ignore
    ...rest,
  };
}

/** An order as its placing leaves it. */
export function placed(cart: NewOrder = aCart()): Order {
  return evolve(undefined, placeOrder(cart), TIME);
}

/** What may become of an order after its placing. */
export type Fate = 'confirmed' | 'refused' | 'cancelled' | 'too-late' | 'reduced';

/** What the sagas of an order do to it, a decision for each commit; each is made on the order as the one before left it. */
export function* decisions(before: Order, fate: Fate): Generator<Decision, void> {
  let order = before;
  const make = (decision: Decision) => {
    order = decision.order;
    return decision;
  };
  if (fate === 'refused') {
    yield make(advance(order, news('checkout', [tried('reserve-stock'), done('reserve-stock')])));
    const failure = { status: 'FAILED_PRECONDITION', reason: 'PAYMENT_DECLINED', message: 'no funds' } as const;
    const refused = entry('ATTEMPT_REFUSED', { step: 'authorize-payment', attempt: 1, failure });
    const turned = entry('COMPENSATION_STARTED', { step: 'authorize-payment', direction: 'BACKWARD', failure });
    yield make(advance(order, news('checkout', [tried('authorize-payment'), refused, turned])));
    const undone = entry('ATTEMPT_SUCCEEDED', { step: 'reserve-stock', attempt: 1, direction: 'BACKWARD' });
    yield make(advance(order, news('checkout', [undone, entry('FINISHED', { direction: 'BACKWARD', failure })])));
    return;
  }
  for (const steps of [CHECKOUT.slice(0, 3), CHECKOUT.slice(3, 5), CHECKOUT.slice(5)]) {
    yield make(advance(order, through('checkout', steps, steps.includes('award-points'))));
  }
  const why = { reason: 'CANCELLED_BY_CUSTOMER', message: 'no', requestTime: TIME };
  if (fate === 'cancelled' || fate === 'too-late') {
    yield make(beginCancellation(order, { ...why, step: '' }, newId()));
    if (fate === 'cancelled') yield make(advance(order, through('cancellation', CANCELLATION, true)));
    else {
      const failure = { status: 'FAILED_PRECONDITION', reason: 'SHIPMENT_STATE_CONFLICT', message: 'left' } as const;
      const back = { direction: 'BACKWARD', failure, step: 'cancel-shipment' } as const;
      yield make(advance(order, news('cancellation', [entry('COMPENSATION_STARTED', back), entry('FINISHED', back)])));
    }
  }
  if (fate === 'reduced') {
    const lines = [{ productId: order.lines[0]?.productId ?? '', quantity: 2 }];
    yield make(beginLineCancellation(order, { ...why, lines, amount: euros(80) }, newId()));
    yield make(advance(order, through('partial-cancellation', PARTIAL, true)));
  }
}

function through(saga: OrderSaga, steps: readonly string[], isLast: boolean): SagaNews {
  const entries = steps.flatMap((step) => [tried(step), done(step)]);
  return news(saga, isLast ? [...entries, entry('FINISHED')] : entries);
}

function news(saga: OrderSaga, entries: readonly SagaNewsEntry[]): SagaNews {
  const ids = { reservationId: 'r', paymentId: 'p', shipmentId: 's', pointsAwarded: 127n, pointsRevoked: 80n };
  return { saga, wasParked: false, entries, outputs: ids };
}

const tried = (step: string) => entry('ATTEMPT_STARTED', { step, attempt: 1 });
const done = (step: string) => entry('ATTEMPT_SUCCEEDED', { step, attempt: 1 });

function entry(kind: SagaNewsEntry['kind'], rest: Partial<SagaNewsEntry> = {}): SagaNewsEntry {
  return { kind, direction: 'FORWARD', time: TIME, ...rest };
}
