import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { OrderServiceDefinition, OrderState, type Order, type OrderEvent } from '../../gen/tradewind/order/v1/order.ts';
import { PaymentServiceDefinition } from '../../gen/tradewind/payment/v1/payment.ts';
import { InventoryServiceDefinition } from '../../gen/tradewind/product/v1/inventory.ts';
import { ProductServiceDefinition } from '../../gen/tradewind/product/v1/product.ts';
import { UserServiceDefinition } from '../../gen/tradewind/user/v1/user.ts';
import type { TestSuite } from './suite.ts';

/** What a test buys with. */
export interface Customer {
  readonly userId: string;
  readonly email: string;
  readonly password: string;
  readonly paymentMethodId: string;
}

/** An address that the sandbox carrier delivers to. */
export const GOOD_ADDRESS = {
  recipient: 'Grace Hopper',
  lines: ['1 Compiler Way'],
  city: 'Berlin',
  postalCode: '10115',
  region: '',
  countryCode: 'DE',
};

/** The sandbox provider's card that is always approved. */
export const GOOD_CARD = '4242424242424242';

/** A new customer with one card. */
export async function newCustomer(suite: TestSuite, cardNumber: string = GOOD_CARD): Promise<Customer> {
  const email = `shopper-${randomUUID()}@tradewind.example`;
  const password = randomUUID();
  const { user } = await suite.client(UserServiceDefinition, 'user').createUser({
    requestId: randomUUID(),
    email,
    password,
    displayName: GOOD_ADDRESS.recipient,
    phone: '',
    defaultAddress: GOOD_ADDRESS,
  });
  const userId = user?.id ?? '';
  const { paymentMethod } = await suite.client(PaymentServiceDefinition, 'payment').addPaymentMethod({
    requestId: randomUUID(),
    userId,
    card: { number: cardNumber, cvc: '123', expiryMonth: 12, expiryYear: 2040, holderName: GOOD_ADDRESS.recipient },
    makeDefault: true,
  });
  return { userId, email, password, paymentMethodId: paymentMethod?.id ?? '' };
}

/** A new product at 10.00 EUR with this much on the shelf; its id. */
export async function newProduct(suite: TestSuite, quantity: number): Promise<string> {
  const { product } = await suite.client(ProductServiceDefinition, 'product').createProduct({
    requestId: randomUUID(),
    sku: `SKU-${randomUUID()}`,
    name: 'A thing to buy',
    description: '',
    category: 'test',
    price: { currencyCode: 'EUR', units: 10n, nanos: 0 },
    imageUri: '',
    attributes: [],
    initialQuantity: quantity,
  });
  return product?.id ?? '';
}

/** What PlaceOrder is sent for one line of one product. */
export function orderRequest(customer: Customer, productId: string, quantity: number, address = GOOD_ADDRESS) {
  return {
    requestId: randomUUID() as string,
    userId: customer.userId,
    lines: [{ productId, quantity }],
    shippingAddress: address,
    paymentMethodId: customer.paymentMethodId,
    currencyCode: 'EUR',
    expectedTotal: undefined,
  };
}

/** Follows an order, at any instance or the one named, until nothing is under way any more. Watches again where a stream broke. */
export async function followOrder(
  suite: TestSuite,
  orderId: string,
  { timeoutMs = 60_000, process = 'order' }: { readonly timeoutMs?: number; readonly process?: string } = {},
): Promise<readonly OrderEvent[]> {
  const orders = suite.client(OrderServiceDefinition, process);
  const seen: OrderEvent[] = [];
  const signal = AbortSignal.timeout(timeoutMs);
  for (;;) {
    try {
      const afterPosition = seen.at(-1)?.position ?? 0n;
      for await (const { event } of orders.watchOrder({ orderId, afterPosition }, { signal, timeoutMs })) {
        if (event !== undefined) seen.push(event);
      }
      return seen; // the server ends the stream once nothing is under way
    } catch (error) {
      if (signal.aborted) {
        const story = seen.map((e) => `${e.position} ${e.kind} ${e.step} ${e.reason} ${e.message}`).join('\n');
        throw new Error(`the order did not settle; it said:\n${story}`, { cause: error });
      }
      await delay(100, undefined, { signal }).catch(() => undefined); // the loop's own check says what happened
    }
  }
}

/** The order once it is settled. */
export async function settledOrder(suite: TestSuite, orderId: string): Promise<Order> {
  await followOrder(suite, orderId);
  const { order } = await suite.client(OrderServiceDefinition, 'order').getOrder({ orderId });
  if (order === undefined) throw new Error('GetOrder answered without an order');
  return order;
}

/** How much of a product is where. */
export async function stockOf(suite: TestSuite, productId: string) {
  const { stock } = await suite.client(InventoryServiceDefinition, 'product').getStock({ productId });
  if (stock === undefined) throw new Error('GetStock answered without a stock');
  return { available: stock.availableQuantity, reserved: stock.reservedQuantity, sold: stock.soldQuantity };
}

export { OrderState };
