import { OrderServiceDefinition } from '../../../gen/tradewind/order/v1/order.ts';
import { PaymentServiceDefinition } from '../../../gen/tradewind/payment/v1/payment.ts';
import { ImportProductsRequest, ProductServiceDefinition } from '../../../gen/tradewind/product/v1/product.ts';
import { UserServiceDefinition } from '../../../gen/tradewind/user/v1/user.ts';
import type { ChassisClient } from '../../../src/chassis/client/index.ts';
import { newId } from '../../../src/chassis/core/index.ts';
import type { TestSuite } from '../../support/suite.ts';

/** Who buys and what there is to buy: enough of both that orders seldom meet at one row, and stock never runs out. */
export interface Shop {
  readonly orders: ChassisClient<typeof OrderServiceDefinition>;
  readonly customers: readonly Customer[];
  readonly productIds: readonly string[];
}

/** A customer with a card that is always approved. */
export interface Customer {
  readonly userId: string;
  readonly paymentMethodId: string;
}

const PRODUCTS = 100;
const CUSTOMERS = 32;
const STOCK = 1_000_000;
/** A burst waits in line: it is the line that is measured. */
const TIMEOUT_MS = 60_000;

/** Where everything is sent. */
export const ADDRESS = {
  recipient: 'Ada Byron',
  lines: ['12 Harbour Street'],
  city: 'Hamburg',
  postalCode: '20457',
  region: '',
  countryCode: 'DE',
};

/** Stocks the shelves and lets the customers in, through the services' own RPCs. */
export async function openShop(suite: TestSuite): Promise<Shop> {
  const products = suite.client(ProductServiceDefinition, 'product');
  const { createdCount } = await products.importProducts(shelves(), { timeoutMs: TIMEOUT_MS });
  if (createdCount !== PRODUCTS) throw new Error(`${createdCount} of ${PRODUCTS} products were imported`);
  const found = await products.searchProducts({ inStock: true, pageSize: PRODUCTS }, { timeoutMs: TIMEOUT_MS });
  const customers: Customer[] = [];
  for (let n = 0; n < CUSTOMERS; n++) customers.push(await admit(suite, n));
  return {
    orders: suite.client(OrderServiceDefinition, 'order'),
    customers,
    productIds: found.products.map(({ id }) => id),
  };
}

async function* shelves(): AsyncGenerator<ImportProductsRequest> {
  for (let n = 0; n < PRODUCTS; n++) {
    yield ImportProductsRequest.fromPartial({
      sku: `BENCH-${n}`,
      name: `Tea number ${n}`,
      category: 'tea',
      price: '8.90',
      currencyCode: 'EUR',
      initialQuantity: STOCK,
    });
  }
}

async function admit(suite: TestSuite, n: number): Promise<Customer> {
  const options = { timeoutMs: TIMEOUT_MS };
  const { user } = await suite.client(UserServiceDefinition, 'user').createUser(
    {
      requestId: newId(),
      email: `buyer-${n}@tradewind.example`,
      password: `a long enough password ${n}`,
      displayName: ADDRESS.recipient,
      phone: '',
      defaultAddress: ADDRESS,
    },
    options,
  );
  const userId = user?.id ?? '';
  const { paymentMethod } = await suite.client(PaymentServiceDefinition, 'payment').addPaymentMethod(
    {
      requestId: newId(),
      userId,
      // The sandbox provider's card that is always approved.
      card: {
        number: '4242424242424242',
        cvc: '123',
        expiryMonth: 12,
        expiryYear: new Date().getUTCFullYear() + 3,
        holderName: ADDRESS.recipient,
      },
      makeDefault: true,
    },
    options,
  );
  return { userId, paymentMethodId: paymentMethod?.id ?? '' };
}
