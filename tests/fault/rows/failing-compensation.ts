import { OrderServiceDefinition } from '../../../gen/tradewind/order/v1/order.ts';
import { TEST_CARDS } from '../../../src/sandbox/payment-provider/index.ts';
import { eventually } from '../../support/eventually.ts';
import { breaches, readResources } from '../../support/invariants/index.ts';
import {
  OrderState,
  newCustomer,
  newProduct,
  orderRequest,
  settledOrder,
  type Customer,
} from '../../support/shopping.ts';
import { startSuite, type TestSuite } from '../../support/suite.ts';
import { operatorsHand, type OperatorsHand, type ParkedUndoing } from './operators-hand.ts';
import { errorBreach, rowResult, type CheckoutSetting, type RowResult } from './row.ts';

/** How long the row is. */
export interface FailingCompensationOptions extends CheckoutSetting {
  /** Pairs of rounds, one while the three fail and one while they are stopped; default 10. */
  readonly pairs?: number;
  /** Of each round; default 3,000. */
  readonly roundMs?: number;
  /** What the other orders must keep of their throughput; default 0.95. */
  readonly minShare?: number;
  /** Of the suite's processes, beside what every suite has. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Its capture is declined, and letting go of the hold fails five times. */
const FAILS_5_TIMES = TEST_CARDS.capture_declined_undo_fails_5_times.number;
/** The same, for ever. */
const FAILS = TEST_CARDS.capture_declined_undo_fails.number;
const STUCK_ORDERS = 3;
const FIVE_TIMES_ORDERS = 5;
const BUYERS = 8;
const STOCK = 100_000;
/** All attempts at undoing, with the waits between them. */
const PARKED_WITHIN_MS = 180_000;

/**
 * Scoreboard row 6: undoing that fails. Five times: it is undone all the same. For ever: the undoing is parked, an operator
 * sees it and lets it go on once the provider is well again. Meanwhile all others keep their throughput, measured in
 * rounds that take turns: the three at work, the three stopped by an operator.
 */
export async function failingCompensation(options: FailingCompensationOptions): Promise<RowResult> {
  const { checkout, pairs = 10, roundMs = 3_000, minShare = 0.95, environment = {} } = options;
  await using suite = await startSuite({ args: ['--no-demo', '--checkout', checkout], environment });
  const [good, fiveTimes, stuck] = await Promise.all([
    newCustomer(suite),
    newCustomer(suite, FAILS_5_TIMES),
    newCustomer(suite, FAILS),
  ]);
  const product = await newProduct(suite, STOCK);
  const shop: Shop = { suite, product, orderIds: [] };
  const hand = operatorsHand(suite, checkout);
  await Promise.all(Array.from({ length: BUYERS }, () => buy(shop, good)));
  const baseline = await readResources(suite);

  const undone = await Promise.all(Array.from({ length: FIVE_TIMES_ORDERS }, () => buy(shop, fiveTimes)));
  const stuckIds = await Promise.all(Array.from({ length: STUCK_ORDERS }, () => place(shop, stuck)));
  await Promise.all(stuckIds.map((id) => untilBeingUndone(suite, id)));
  const rounds = await takeTurns({ shop, hand, customer: good, stuckIds, pairs, roundMs });

  const parked = await untilAllParked(hand, stuckIds);
  const whileParked = await breaches(suite, {
    ...{ orderIds: shop.orderIds, received: new Map([[product, STOCK]]), parked: new Set(stuckIds) },
  });
  await heal(suite);
  await hand.resume(stuckIds);
  const healed = await Promise.all(stuckIds.map((id) => settledOrder(suite, id)));

  const share = median(rounds.map(({ failing, stopped }) => (stopped === 0 ? 0 : failing / stopped)));
  const isCancelled = ({ state }: { readonly state: OrderState }) => state === OrderState.ORDER_STATE_CANCELLED;
  const found = [
    ...(undone.every(isCancelled) ? [] : ['an order whose undoing failed five times was not undone']),
    ...(share >= minShare ? [] : [`the other orders kept ${percent(share)} of their throughput`]),
    ...visibleBreaches(parked, { stuckIds, stuckAt: hand.stuckAt }),
    ...errorBreach('while parked', whileParked),
    ...(healed.every(isCancelled) ? [] : ['an order that was resumed was not undone']),
    ...(await breaches(suite, { orderIds: shop.orderIds, received: new Map([[product, STOCK]]), baseline })),
  ];
  const figure =
    `${undone.filter(isCancelled).length} of ${FIVE_TIMES_ORDERS} undone at the sixth try; ${parked.length} parked, ` +
    `${healed.filter(isCancelled).length} undone when resumed; the others kept ${percent(share)} of ` +
    `${(median(rounds.map(({ stopped }) => stopped)) / (roundMs / 1_000)).toFixed(1)} orders/s (median of ${pairs} pairs)`;
  return rowResult(figure, found);
}

interface Shop {
  readonly suite: TestSuite;
  readonly product: string;
  /** Every acknowledged order so far. */
  readonly orderIds: string[];
}

async function place({ suite, product, orderIds }: Shop, customer: Customer): Promise<string> {
  const orders = suite.client(OrderServiceDefinition, 'order');
  const { order } = await orders.placeOrder(orderRequest(customer, product, 1));
  const id = order?.id ?? '';
  orderIds.push(id);
  return id;
}

async function buy(shop: Shop, customer: Customer) {
  return settledOrder(shop.suite, await place(shop, customer));
}

/** How many orders were settled in each round of a pair. */
interface Pair {
  readonly failing: number;
  readonly stopped: number;
}

/** Every other pair begins with the other kind of round, so that what the machine does besides meets both alike. */
async function takeTurns(turn: {
  readonly shop: Shop;
  readonly hand: OperatorsHand;
  readonly customer: Customer;
  readonly stuckIds: readonly string[];
  readonly pairs: number;
  readonly roundMs: number;
}): Promise<readonly Pair[]> {
  const { shop, hand, customer, stuckIds, pairs, roundMs } = turn;
  const measure = async (state: 'failing' | 'stopped') => {
    await (state === 'failing' ? hand.resume(stuckIds) : hand.park(stuckIds));
    return settledIn(shop, customer, roundMs);
  };
  const rounds: Pair[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const order = pair % 2 === 0 ? (['stopped', 'failing'] as const) : (['failing', 'stopped'] as const);
    const counts = { failing: 0, stopped: 0 };
    for (const state of order) counts[state] = await measure(state);
    rounds.push(counts);
  }
  await hand.resume(stuckIds);
  return rounds;
}

/** Buyers who each order again as soon as their order is settled; how many were settled within the time. */
async function settledIn(shop: Shop, customer: Customer, roundMs: number): Promise<number> {
  const endAt = performance.now() + roundMs;
  let settled = 0;
  const shopTillTheEnd = async () => {
    while (performance.now() < endAt) {
      await buy(shop, customer);
      if (performance.now() < endAt) settled += 1;
    }
  };
  await Promise.all(Array.from({ length: BUYERS }, shopTillTheEnd));
  return settled;
}

/** Its capture was declined, and what was done is being undone. */
async function untilBeingUndone(suite: TestSuite, orderId: string): Promise<void> {
  const orders = suite.client(OrderServiceDefinition, 'order');
  const check = async () => {
    const { order } = await orders.getOrder({ orderId });
    if (order?.state !== OrderState.ORDER_STATE_CANCELLING) throw new Error(`order ${orderId} is ${order?.state}`);
  };
  await eventually(check, { timeoutMs: 30_000, intervalMs: 500 });
}

/** All that an operator is shown once these are among it. */
async function untilAllParked(hand: OperatorsHand, orderIds: readonly string[]): Promise<readonly ParkedUndoing[]> {
  const look = async () => {
    const parked = await hand.parked();
    const missing = orderIds.filter((id) => !parked.some(({ orderId }) => orderId === id));
    if (missing.length > 0) throw new Error(`not parked: ${missing.join(', ')}`);
    return parked;
  };
  return eventually(look, { timeoutMs: PARKED_WITHIN_MS, intervalMs: 500 });
}

/** An operator sees the three and nothing else, where they stand and why. */
function visibleBreaches(
  parked: readonly ParkedUndoing[],
  { stuckIds, stuckAt }: { readonly stuckIds: readonly string[]; readonly stuckAt: string },
): readonly string[] {
  const listed = parked.map(({ orderId }) => orderId).sort();
  const found: string[] = [];
  if (String(listed) !== String([...stuckIds].sort())) found.push(`an operator is shown ${listed.join(' ')} as parked`);
  for (const { orderId, step, message, since } of parked) {
    if (step !== stuckAt || message === '' || since === undefined) {
      found.push(`an operator is shown ${orderId} parked at "${step}" with "${message}"`);
    }
  }
  return found;
}

/** The provider lets holds on such cards go from now on. */
async function heal(suite: TestSuite): Promise<void> {
  const url = `http://${suite.address('payment-provider')}/v1/test-cards/capture_declined_undo_fails/heal`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  if (!response.ok) throw new Error(`the provider answered ${response.status}: ${await response.text()}`);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
