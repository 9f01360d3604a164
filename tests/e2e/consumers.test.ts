import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { LoyaltyServiceDefinition, Tier } from '../../gen/tradewind/loyalty/v1/loyalty.ts';
import { Channel, NotificationServiceDefinition } from '../../gen/tradewind/notification/v1/notification.ts';
import { OrderServiceDefinition, OrderState } from '../../gen/tradewind/order/v1/order.ts';
import { AdjustmentReason, InventoryServiceDefinition } from '../../gen/tradewind/product/v1/inventory.ts';
import { UserServiceDefinition } from '../../gen/tradewind/user/v1/user.ts';
import { eventually } from '../support/eventually.ts';
import {
  GOOD_ADDRESS,
  newCustomer,
  newProduct,
  orderRequest,
  settledOrder,
  type Customer,
} from '../support/shopping.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

const PHONE = '+4930123456';
const SOON = { timeoutMs: 60_000, intervalMs: 200 };

/** What processes do about each other's events, in a suite as a user starts it; a parcel's journey of two days takes two seconds. */
describe('a suite whose processes tell each other', () => {
  let suite: TestSuite;
  let customer: Customer;
  let products: readonly [string, string];
  beforeAll(async () => {
    suite = await startSuite({ args: ['--no-demo'], environment: { HOUR_MS: '40' } });
    customer = await newCustomer(suite);
    await suite.client(UserServiceDefinition, 'user').updateUser({
      user: { id: customer.userId, phone: PHONE },
      updateMask: ['phone'],
    });
    products = [await newProduct(suite, 100), await newProduct(suite, 2)];
    const { order } = await suite.client(OrderServiceDefinition, 'order').placeOrder({
      ...orderRequest(customer, products[0], 98, GOOD_ADDRESS),
      lines: [
        { productId: products[0], quantity: 98 },
        { productId: products[1], quantity: 2 },
      ],
    });
    expect((await settledOrder(suite, order?.id ?? '')).state).toBe(OrderState.ORDER_STATE_CONFIRMED);
  }, 180_000);
  afterAll(async () => {
    await suite?.[Symbol.asyncDispose]();
  }, 30_000);

  /** Subjects of what the mail server has for an address. */
  async function mailsTo(address: string): Promise<readonly string[]> {
    const response = await fetch(`${suite.ready.mail}/messages?to=${encodeURIComponent(address)}`);
    const { messages } = (await response.json()) as { messages: { subject: string }[] };
    return messages.map(({ subject }) => subject).sort();
  }

  it('recommends what was bought together, to everybody', async () => {
    await eventually(async () => {
      const response = await fetch(`${suite.ready.gateway}/v1/products/${products[0]}/recommendations`);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        recommendations: [{ product: { id: products[1] }, orderCount: '1' }],
      });
    }, SOON);
  });

  it('raises the customer to the tier that the order is worth', async () => {
    const loyalty = suite.client(LoyaltyServiceDefinition, 'loyalty');
    await eventually(async () => {
      const { balance, standing } = await loyalty.getBalance({ userId: customer.userId });
      expect([balance?.points, standing]).toEqual([
        1_000n,
        { tier: Tier.TIER_SILVER, qualifyingPoints: 1_000n, nextTierPoints: 5_000n },
      ]);
    }, SOON);
  });

  it('writes to the customer from the account to the door, each thing once, and on the day of delivery by SMS', async () => {
    await eventually(async () => {
      expect(await mailsTo(customer.email)).toEqual([
        'Welcome, Grace Hopper',
        'Your order is confirmed',
        'Your order is delivered',
        'Your order is on its way',
      ]);
    }, SOON);
    const response = await fetch(`http://${suite.address('messenger')}/v1/operations`);
    const { operations } = (await response.json()) as { operations: object[] };
    expect(operations).toMatchObject([
      { channel: 'sms', to: PHONE, text: expect.stringMatching(/^Your order comes today: TW/) },
    ]);
    const notifications = suite.client(NotificationServiceDefinition, 'notification');
    const { notifications: sent } = await notifications.listNotifications({
      userId: customer.userId,
      channel: Channel.CHANNEL_SMS,
    });
    expect(sent).toHaveLength(1);
  }, 90_000);

  it('tells who asked that a product is in stock again, and operators that it was gone', async () => {
    const [productId, { userId, email }] = [products[1], await newCustomer(suite)];
    await suite.client(NotificationServiceDefinition, 'notification').requestStockNotice({ userId, productId });
    await suite.client(InventoryServiceDefinition, 'product').adjustStock({
      ...{ requestId: randomUUID(), productId, delta: 5 },
      reason: AdjustmentReason.ADJUSTMENT_REASON_RESTOCK,
    });
    await eventually(async () => {
      expect(await mailsTo(email)).toEqual(['A thing to buy is there again', 'Welcome, Grace Hopper']);
    }, SOON);
    expect(await mailsTo('operators@tradewind.example')).toContain('Low stock: A thing to buy');
  }, 90_000);
});
