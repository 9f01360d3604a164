import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { PaymentServiceDefinition } from '../../gen/tradewind/payment/v1/payment.ts';
import { CHECKOUT_STYLES } from '../../src/services/order/place-order.ts';
import { breaches } from '../support/invariants/index.ts';
import { followOrder, newCustomer, newProduct, orderRequest, stockOf, type Customer } from '../support/shopping.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

/** An answer of the gateway. */
interface Answer {
  readonly status: number;
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- JSON of the contract, checked by the assertions
}

const EUR = (units: number) => ({ currencyCode: 'EUR', units: String(units) });

describe.each(CHECKOUT_STYLES)('taking pieces out of an order over HTTP, placed by %s,', (checkout) => {
  let suite: TestSuite;
  const orderIds: string[] = [];
  const received = new Map<string, number>();

  beforeAll(async () => {
    suite = await startSuite({ args: ['--no-demo', '--checkout', checkout] });
  }, 120_000);
  afterAll(async () => {
    await suite?.[Symbol.asyncDispose]();
  }, 30_000);

  async function send(method: 'GET' | 'POST', path: string, body?: object, token?: string): Promise<Answer> {
    const response = await fetch(`${suite.ready.gateway}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  async function signIn({ email, password }: Customer): Promise<string> {
    const { body } = await send('POST', '/v1/auth:signIn', { email, password });
    return body.tokens.accessToken;
  }

  /** Somebody with a confirmed order of four pieces of one product and two of another, at 10 euros each. */
  async function buyer() {
    const [customer, one, two] = await Promise.all([newCustomer(suite), newProduct(suite, 10), newProduct(suite, 10)]);
    received.set(one, 10).set(two, 10);
    const token = await signIn(customer);
    const cart = { ...orderRequest(customer, one, 4), expectedTotal: EUR(60) };
    const lines = [...cart.lines, { productId: two, quantity: 2 }];
    const placed = await send('POST', '/v1/orders', { ...cart, lines }, token);
    expect(placed).toMatchObject({ status: 200 });
    const orderId: string = placed.body.order.id;
    orderIds.push(orderId);
    await followOrder(suite, orderId);
    const cancelLines = (taken: readonly object[], requestId: string = randomUUID(), as = token) =>
      send('POST', `/v1/orders/${orderId}:cancelLines`, { requestId, lines: taken, reason: 'too many' }, as);
    return { customer, token, orderId, one, two, cancelLines };
  }

  it('gives back their money, stock and points, once, and leaves the rest ordered', async () => {
    const { customer, token, orderId, one, two, cancelLines } = await buyer();
    const requestId = randomUUID();
    const taken = [{ productId: one, quantity: 3 }];
    const first = await cancelLines(taken, requestId);
    expect(first).toMatchObject({
      status: 200,
      body: { order: { state: 'ORDER_STATE_CONFIRMED', lineCancellation: { amount: EUR(30), message: 'too many' } } },
    });
    await followOrder(suite, orderId);
    expect(await cancelLines(taken, requestId)).toEqual(first);
    expect(await cancelLines([{ productId: two, quantity: 1 }], requestId)).toMatchObject({ status: 400 });

    const { body } = await send('GET', `/v1/orders/${orderId}`, undefined, token);
    expect(body.order).toMatchObject({ dueTotal: EUR(30), refundedTotal: EUR(30), pointsAwarded: '30' });
    expect(body.order.lines[0]).toMatchObject({ quantity: 4, cancelledQuantity: 3 });
    expect(await stockOf(suite, one)).toEqual({ available: 9, reserved: 0, sold: 1 });
    const points = await send('GET', `/v1/loyalty/balances/${customer.userId}`, undefined, token);
    expect(points.body.balance).toMatchObject({ points: '30', lifetimePoints: '60' });
  }, 90_000);

  it('is refused for more than is left and to strangers, and cancels the order with its last pieces', async () => {
    const { token, orderId, one, two, cancelLines } = await buyer();
    const stranger = await signIn(await newCustomer(suite));
    const tooMany = await cancelLines([{ productId: one, quantity: 5 }]);
    expect(tooMany).toMatchObject({ status: 400, body: { details: expect.anything() } });
    expect(JSON.stringify(tooMany.body)).toContain('LINE_QUANTITY_EXCEEDED');
    expect(await cancelLines([{ productId: one, quantity: 1 }], randomUUID(), stranger)).toMatchObject({ status: 403 });

    await cancelLines([{ productId: one, quantity: 4 }]);
    await followOrder(suite, orderId);
    const last = await cancelLines([{ productId: two, quantity: 2 }]);
    expect(last).toMatchObject({ status: 200, body: { order: { state: 'ORDER_STATE_CANCELLING' } } });
    await followOrder(suite, orderId);
    const { body } = await send('GET', `/v1/orders/${orderId}`, undefined, token);
    expect(body.order).toMatchObject({ state: 'ORDER_STATE_CANCELLED', refundedTotal: EUR(60) });
    expect(await stockOf(suite, two)).toEqual({ available: 10, reserved: 0, sold: 0 });
  }, 90_000);

  it('keeps every invariant, and both ledgers say the same', async () => {
    expect(await breaches(suite, { orderIds, received })).toEqual([]);
    const payments = suite.client(PaymentServiceDefinition, 'payment');
    expect(await payments.reconcilePayments({})).toMatchObject({ foundCount: 0, openCount: 0 });
  }, 120_000);
});
