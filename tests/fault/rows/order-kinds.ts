import { OrderState, type OrderEvent } from '../../../gen/tradewind/order/v1/order.ts';
import { testCard } from '../../../src/sandbox/payment-provider/test-cards.ts';
import { GOOD_CARD, followOrder, newCustomer, newProduct, orderRequest } from '../../support/shopping.ts';
import { openStorefront, type Storefront } from '../../support/storefront.ts';
import type { TestSuite } from '../../support/suite.ts';

/** Ways an order can go. */
export const ORDER_KINDS = ['checkout', 'declined', 'undone', 'cancelled'] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

/** One order of a kind on its way. */
export interface OrderJourney {
  readonly orderId: string;
  /** Resolves with its events once nothing of it is under way. */
  readonly settled: Promise<readonly OrderEvent[]>;
}

/** Orders of every kind, from one shelf. */
export interface OrderMill {
  readonly orderIds: readonly string[];
  readonly received: ReadonlyMap<string, number>;
  /** Does what of the kind comes before its last request; `go` sends that, and answers once it is acknowledged. */
  prepare(kind: OrderKind): Promise<{ go(): Promise<OrderJourney> }>;
}

/** How an order of each kind has to end. */
export const ENDS_AS: Readonly<Record<OrderKind, OrderState>> = {
  checkout: OrderState.ORDER_STATE_CONFIRMED,
  declined: OrderState.ORDER_STATE_CANCELLED,
  undone: OrderState.ORDER_STATE_CANCELLED,
  cancelled: OrderState.ORDER_STATE_CANCELLED,
};

/** What the kinds pay with: `undone` is declined at the capture, when the parcel is arranged already. */
const CARDS: Readonly<Record<OrderKind, string>> = {
  checkout: GOOD_CARD,
  declined: testCard('insufficient_funds').number,
  undone: testCard('capture_declined').number,
  cancelled: GOOD_CARD,
};

const STOCK = 10_000;

/** Stocks a product, and signs in a customer for each kind. */
export async function startOrderMill(suite: TestSuite): Promise<OrderMill> {
  const productId = await newProduct(suite, STOCK);
  const orderIds: string[] = [];
  const customers = new Map(
    await Promise.all(
      ORDER_KINDS.map(async (kind) => {
        const customer = await newCustomer(suite, CARDS[kind]);
        return [kind, { customer, storefront: await openStorefront(suite, customer) }] as const;
      }),
    ),
  );

  async function place(kind: OrderKind): Promise<{ readonly orderId: string; readonly storefront: Storefront }> {
    const buyer = customers.get(kind);
    if (buyer === undefined) throw new Error(`nobody buys ${kind}`);
    const orderId = await buyer.storefront.place(orderRequest(buyer.customer, productId, 1));
    orderIds.push(orderId);
    return { orderId, storefront: buyer.storefront };
  }

  return {
    orderIds,
    received: new Map([[productId, STOCK]]),
    async prepare(kind) {
      if (kind !== 'cancelled') {
        const go = async () => {
          const { orderId } = await place(kind);
          return { orderId, settled: followOrder(suite, orderId) };
        };
        return { go };
      }
      const { orderId, storefront } = await place(kind);
      const before = await followOrder(suite, orderId);
      if (before.at(-1)?.state !== OrderState.ORDER_STATE_CONFIRMED) throw new Error(`order ${orderId} was cancelled`);
      const go = async () => {
        await storefront.cancel(orderId);
        return { orderId, settled: followCancellation(suite, orderId, before.at(-1)?.position ?? 0n) };
      };
      return { go };
    },
  };
}

/** What a cancellation adds to the events of an order that was settled. */
async function followCancellation(suite: TestSuite, orderId: string, after: bigint): Promise<readonly OrderEvent[]> {
  return (await followOrder(suite, orderId)).filter(({ position }) => position > after);
}
