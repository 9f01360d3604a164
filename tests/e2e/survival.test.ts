import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { OrderServiceDefinition } from '../../gen/tradewind/order/v1/order.ts';
import { ProductServiceDefinition } from '../../gen/tradewind/product/v1/product.ts';
import { CHECKOUT_STYLES } from '../../src/services/order/place-order.ts';
import { breaches } from '../support/invariants/index.ts';
import { postmasterPid } from '../support/postgres-processes.ts';
import { OrderState, newCustomer, newProduct, orderRequest, settledOrder } from '../support/shopping.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

describe.each(CHECKOUT_STYLES)('a suite that is killed in places, by %s,', (checkout) => {
  let suite: TestSuite;
  const orderIds: string[] = [];
  const received = new Map<string, number>();

  beforeAll(async () => {
    suite = await startSuite({ args: ['--no-demo', '--checkout', checkout, '--replicas', 'product=2'] });
  }, 120_000);
  afterAll(async () => {
    await suite?.[Symbol.asyncDispose]();
  }, 30_000);

  it('ends its orders right after kill -9 of the order process in the middle of their checkouts', async () => {
    const customer = await newCustomer(suite);
    const product = await newProduct(suite, 100);
    received.set(product, 100);
    const orders = suite.client(OrderServiceDefinition, 'order');
    const placed = await Promise.all(
      Array.from({ length: 20 }, () => orders.placeOrder(orderRequest(customer, product, 1))),
    );
    orderIds.push(...placed.map((answer) => answer.order?.id ?? ''));
    const killedAt = Date.now();
    process.kill(suite.pid('order'), 'SIGKILL');
    await suite.next('restarted', (event) => event.name === 'order', 60_000);
    const ended = await Promise.all(orderIds.map((id) => settledOrder(suite, id)));
    for (const order of ended) expect(order.state).toBe(OrderState.ORDER_STATE_CONFIRMED);
    // Otherwise nothing was in the middle of anything.
    expect(ended.some((order) => (order.confirmTime?.getTime() ?? 0) > killedAt)).toBe(true);
  }, 150_000);

  it('fails no idempotent call when one of two product replicas is killed under 50 callers', async () => {
    const products = suite.client(ProductServiceDefinition, 'product');
    const [productId] = received.keys();
    let calls = 0;
    let killed = false;
    const failures: unknown[] = [];
    const caller = async () => {
      for (let round = 0; round < 40; round += 1) {
        try {
          await products.getProduct({ productId: productId ?? '' });
        } catch (error) {
          failures.push(error);
        }
        calls += 1;
        if (calls > 500 && !killed) {
          killed = true;
          process.kill(suite.pid('product-2'), 'SIGKILL');
        }
      }
    };
    await Promise.all(Array.from({ length: 50 }, caller));
    expect(killed).toBe(true);
    expect(failures).toEqual([]);
    await suite.next('restarted', (event) => event.name === 'product-2', 60_000);
  }, 120_000);

  it('comes back when PostgreSQL itself is killed', async () => {
    const [customer, [product]] = [await newCustomer(suite), [...received.keys()]];
    const orders = suite.client(OrderServiceDefinition, 'order');
    const { order } = await orders.placeOrder(orderRequest(customer, product ?? '', 1));
    orderIds.push(order?.id ?? '');
    process.kill(postmasterPid(join(suite.home, 'postgres')) ?? 0, 'SIGKILL');
    await suite.next('restarted', (event) => event.name === 'postgres', 60_000);
    const ended = await settledOrder(suite, order?.id ?? '');
    expect(ended.state).toBe(OrderState.ORDER_STATE_CONFIRMED);
  }, 150_000);

  it('keeps every invariant through all of that', async () => {
    expect(await breaches(suite, { orderIds, received })).toEqual([]);
  }, 60_000);
});
