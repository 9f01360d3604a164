import { OrderServiceDefinition, orderStateToJSON, type Order } from '../../../gen/tradewind/order/v1/order.ts';
import { breaches, openDatabases, readResources } from '../../support/invariants/index.ts';
import { OrderState, newCustomer, newProduct, orderRequest, settledOrder, stockOf } from '../../support/shopping.ts';
import { seededRandom, shuffled } from '../../support/seeded-random.ts';
import { startSuite, type TestSuite } from '../../support/suite.ts';
import { errorBreach, rowResult, type CheckoutSetting, type RowResult } from './row.ts';

/** How long the row is. */
export interface LastItemsOptions extends CheckoutSetting {
  /** Of each product; default 20. */
  readonly units?: number;
}

/** Half of them are bought with one of the other half: whichever way it goes, the last pair finds its buyer. */
const PRODUCTS = 10;
const CUSTOMERS = 20;

/**
 * Scoreboard row 5: the last items. Each of five products is bought together with each of five others, by as many buyers
 * as there are pieces, half of whom have the two in the other order; all at once. So many want each pair that all of it is
 * sold, whoever comes first.
 */
export async function lastItems({ seed, checkout, units = 20 }: LastItemsOptions): Promise<RowResult> {
  await using suite = await startSuite({ args: ['--no-demo', '--checkout', checkout] });
  const customers = await Promise.all(Array.from({ length: CUSTOMERS }, () => newCustomer(suite)));
  const products = await Promise.all(Array.from({ length: PRODUCTS }, () => newProduct(suite, units)));
  const baskets = shuffled(basketsOf(products, units), seededRandom(seed));
  const baseline = await readResources(suite);

  const orders = suite.client(OrderServiceDefinition, 'order');
  const startedAt = performance.now();
  const placed = await Promise.allSettled(
    baskets.map(async (basket, index) => {
      const customer = customers[index % CUSTOMERS];
      if (customer === undefined) throw new Error('there is no customer');
      const request = orderRequest(customer, '', 1);
      const lines = basket.map((productId) => ({ productId, quantity: 1 }));
      const { order } = await orders.placeOrder({ ...request, lines }, { timeoutMs: 60_000 });
      return settledOrder(suite, order?.id ?? '');
    }),
  );
  const tookMs = performance.now() - startedAt;
  const ended = placed.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = placed.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));

  const stocks = await Promise.all(products.map((id) => stockOf(suite, id)));
  const sold = stocks.reduce((sum, stock) => sum + stock.sold, 0);
  const held = stocks.reduce((sum, stock) => sum + stock.reserved, 0);
  const deadlocks = await countDeadlocks(suite);
  const wanted = PRODUCTS * units;
  const found = [
    ...errorBreach('buyers got no answer', failed),
    ...(sold === wanted ? [] : [`${sold} of ${wanted} pieces were sold`]),
    ...(held === 0 ? [] : [`${held} pieces are still held`]),
    ...(deadlocks === 0 ? [] : [`PostgreSQL broke ${deadlocks} deadlocks`]),
    ...errorBreach('orders ended otherwise', ended.flatMap(wrongEnd)),
    ...(await breaches(suite, {
      orderIds: ended.map(({ id }) => id),
      received: new Map(products.map((id) => [id, units])),
      baseline,
    })),
  ];
  const confirmed = ended.filter(({ state }) => state === OrderState.ORDER_STATE_CONFIRMED).length;
  const figure =
    `${baskets.length} buyers in ${(tookMs / 1_000).toFixed(1)} s: ${sold} of ${wanted} pieces sold to ${confirmed}, ` +
    `${ended.length - confirmed} found them sold out; ${deadlocks} deadlocks`;
  return rowResult(figure, found);
}

/** Two products each, both orders of them equally often. */
function basketsOf(products: readonly string[], units: number): readonly (readonly string[])[] {
  const [left, right] = [products.slice(0, PRODUCTS / 2), products.slice(PRODUCTS / 2)];
  return left.flatMap((one) =>
    right.flatMap((other) =>
      Array.from({ length: units }, (_, index) => (index % 2 === 0 ? [one, other] : [other, one])),
    ),
  );
}

function wrongEnd({ id, state, cancellation }: Order): readonly string[] {
  if (state === OrderState.ORDER_STATE_CONFIRMED) return [];
  const reason = cancellation?.reason ?? '';
  if (state === OrderState.ORDER_STATE_CANCELLED && reason === 'OUT_OF_STOCK') return [];
  return [`${id} is ${orderStateToJSON(state)} with "${reason}"`];
}

/** Of all databases since they were made, as PostgreSQL counts them. */
async function countDeadlocks({ home }: TestSuite): Promise<number> {
  await using databases = openDatabases(home);
  const [row] = await databases.rows<{ readonly deadlocks: number }>(
    'postgres',
    'SELECT sum(deadlocks)::bigint AS deadlocks FROM pg_stat_database',
  );
  return row?.deadlocks ?? 0;
}
