import { OrderServiceDefinition, OrderState, type Order } from '../../gen/tradewind/order/v1/order.ts';
import { pages } from '../../src/chassis/client/index.ts';
import { stockOf } from './shopping.ts';
import type { TestSuite } from './suite.ts';

/** One promise that does not hold, in words. */
export type Breach = string;

interface ProviderReference {
  readonly reference: string;
  readonly captured: number;
  readonly refunded: number;
  readonly held: number;
  readonly captures: number;
}

/**
 * Checks a quiet suite against the invariants that can be seen from outside: I1 stock, I2 money in the provider's own
 * ledger, I3 one terminal state, I4 one capture an order, I6 every acknowledged order exists. Answers every breach.
 */
export async function breaches(
  suite: TestSuite,
  known: { readonly orderIds: readonly string[]; readonly received: ReadonlyMap<string, number> },
): Promise<readonly Breach[]> {
  const orders = await allOrders(suite);
  const ledger = await providerLedger(suite);
  const found: Breach[] = [];
  for (const id of known.orderIds)
    if (!orders.has(id)) found.push(`I6: order ${id} was acknowledged and does not exist`);
  for (const order of orders.values()) {
    const reference = ledger.get(order.id);
    const isPaid = order.state === OrderState.ORDER_STATE_CONFIRMED;
    const isOver = isPaid || order.state === OrderState.ORDER_STATE_CANCELLED;
    if (!isOver) found.push(`I3: order ${order.id} is in state ${order.state}`);
    const net = (reference?.captured ?? 0) - (reference?.refunded ?? 0);
    const due = isPaid ? minorUnits(order) : 0;
    if (net !== due) found.push(`I2: order ${order.id} should have moved ${due}, the provider says ${net}`);
    if ((reference?.captures ?? 0) > 1) found.push(`I4: order ${order.id} was captured ${reference?.captures} times`);
    if (!isPaid && (reference?.held ?? 0) > 0) found.push(`I2: order ${order.id} still holds ${reference?.held}`);
  }
  for (const [productId, received] of known.received) {
    const { available, reserved, sold } = await stockOf(suite, productId);
    if (available < 0 || reserved < 0 || sold < 0) found.push(`I1: product ${productId} is below zero`);
    if (available + reserved + sold !== received) {
      found.push(`I1: product ${productId}: ${available} + ${reserved} + ${sold} is not ${received}`);
    }
    if (reserved !== 0) found.push(`I1: product ${productId} still has ${reserved} reserved`);
    const ordered = [...orders.values()]
      .filter((order) => order.state === OrderState.ORDER_STATE_CONFIRMED)
      .flatMap((order) => order.lines)
      .filter((line) => line.productId === productId)
      .reduce((sum, line) => sum + line.quantity, 0);
    if (sold !== ordered) found.push(`I1: product ${productId}: ${sold} sold, ${ordered} in confirmed orders`);
  }
  return found;
}

async function allOrders(suite: TestSuite): Promise<ReadonlyMap<string, Order>> {
  const client = suite.client(OrderServiceDefinition, 'order');
  const found = new Map<string, Order>();
  for await (const page of pages(client.listOrders, { pageSize: 200 })) {
    for (const order of page.orders) found.set(order.id, order);
  }
  return found;
}

async function providerLedger(suite: TestSuite): Promise<ReadonlyMap<string, ProviderReference>> {
  const response = await fetch(`http://${suite.address('payment-provider')}/v1/summary`);
  const summary = (await response.json()) as { references: ProviderReference[] };
  return new Map(summary.references.map((reference) => [reference.reference, reference]));
}

function minorUnits(order: Order): number {
  const total = order.total ?? { units: 0n, nanos: 0 };
  return Number(total.units) * 100 + total.nanos / 10_000_000;
}
