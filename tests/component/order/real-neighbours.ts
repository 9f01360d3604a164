import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { LoyaltyServiceDefinition } from '../../../gen/tradewind/loyalty/v1/loyalty.ts';
import { PaymentServiceDefinition } from '../../../gen/tradewind/payment/v1/payment.ts';
import { InventoryServiceDefinition } from '../../../gen/tradewind/product/v1/inventory.ts';
import { ProductServiceDefinition } from '../../../gen/tradewind/product/v1/product.ts';
import { ShippingServiceDefinition } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { UserServiceDefinition } from '../../../gen/tradewind/user/v1/user.ts';
import { createClientFactory } from '../../../src/chassis/client/index.ts';
import { newId } from '../../../src/chassis/core/index.ts';
import { startService, type RunningService } from '../../../src/chassis/lifecycle/index.ts';
import { createStaticRegistry, type Registry } from '../../../src/chassis/registry/index.ts';
import { createCarrier } from '../../../src/sandbox/carrier/index.ts';
import {
  createPaymentProvider,
  TEST_CARDS,
  type Behaviour,
  type Summary,
} from '../../../src/sandbox/payment-provider/index.ts';
import { loyaltyService } from '../../../src/services/loyalty/service.ts';
import { paymentService } from '../../../src/services/payment/service.ts';
import { productService } from '../../../src/services/product/service.ts';
import { shippingService } from '../../../src/services/shipping/service.ts';
import { userService } from '../../../src/services/user/service.ts';
import { testDatabaseUrl } from '../../support/postgres.ts';
import { instanceAt, startNeighbours } from './neighbours.ts';

/**
 * The real user, product, payment and loyalty processes and the real payment provider; stand-ins for the others.
 * `hourMs`: the real shipping process too, and a real carrier whose parcels take so long for an hour of their journey.
 */
export async function startRealNeighbours({ hourMs }: { readonly hourMs?: number } = {}) {
  const others = await startNeighbours();
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-order-'));
  const provider = await createPaymentProvider({ ledgerFile: join(folder, 'ledger.jsonl') });
  const alone = { registry: createStaticRegistry([]) };
  const environment = async () => ({
    LOG_LEVEL: 'fatal',
    SHUTDOWN_GRACE_MS: '0',
    PAGE_TOKEN_SECRET: 'of the test',
    DATABASE_URL: (await testDatabaseUrl()).reveal(),
  });
  const user = await startService(userService, { ...(await environment()), SIGNING_KEY_SECRET: 'of the test' }, alone);
  const product = await startService(productService, await environment(), alone);
  const payment = await startService(
    paymentService,
    { ...(await environment()), PAYMENT_PROVIDER_URL: provider.url },
    alone,
  );
  const loyalty = await startService(loyaltyService, await environment(), alone);
  const carrier =
    hourMs === undefined ? undefined : await createCarrier({ ledgerFile: join(folder, 'carrier.jsonl'), hourMs });
  const shipping =
    carrier && (await startService(shippingService, { ...(await environment()), CARRIER_URL: carrier.url }, alone));
  const processes: readonly RunningService[] = [user, product, payment, loyalty, ...(shipping ? [shipping] : [])];
  const registry: Registry = createStaticRegistry([
    ...processes.map(({ name, grpc }) => instanceAt(name, grpc)),
    ...['notification', ...(shipping ? [] : ['shipping'])].map((name) => instanceAt(name, others.address)),
  ]);
  const clients = createClientFactory({ from: 'test', registry });
  const users = clients.client(UserServiceDefinition, 'etcd:///user');
  const products = clients.client(ProductServiceDefinition, 'etcd:///product');
  const inventory = clients.client(InventoryServiceDefinition, 'etcd:///product');
  const points = clients.client(LoyaltyServiceDefinition, 'etcd:///loyalty');
  const payments = clients.client(PaymentServiceDefinition, 'etcd:///payment');

  return {
    registry,
    others,
    inventory,
    payments,
    shipments: clients.client(ShippingServiceDefinition, 'etcd:///shipping'),
    async createUser(behaviour: Behaviour) {
      const { user: made } = await users.createUser({
        requestId: newId(),
        email: `${newId()}@example.com`,
        password: 'correct horse battery',
        displayName: 'Ada',
      });
      const userId = made?.id ?? '';
      const { paymentMethod } = await payments.addPaymentMethod({
        requestId: newId(),
        userId,
        card: {
          number: TEST_CARDS[behaviour].number,
          cvc: '987',
          expiryMonth: 12,
          expiryYear: 2040,
          holderName: 'Ada',
        },
      });
      return { userId, paymentMethodId: paymentMethod?.id ?? '' };
    },
    async createProduct(initialQuantity: number, price = { currencyCode: 'EUR', units: 39n, nanos: 990_000_000 }) {
      const { product: made } = await products.createProduct({
        requestId: newId(),
        sku: `SKU-${newId()}`,
        name: 'Kettle',
        category: 'kitchen',
        price,
        initialQuantity,
      });
      return made?.id ?? '';
    },
    async stockOf(productId: string) {
      const { stock } = await inventory.getStock({ productId });
      return [stock?.availableQuantity, stock?.reservedQuantity, stock?.soldQuantity];
    },
    async pointsOf(userId: string) {
      const { balance } = await points.getBalance({ userId });
      return balance?.points;
    },
    /** In cents, by the provider's own ledger. */
    async moneyOf(orderId: string) {
      const response = await fetch(`${provider.url}/v1/summary?reference=${orderId}`);
      const { references } = (await response.json()) as Summary;
      const { held = 0, captured = 0, refunded = 0 } = references[0] ?? {};
      return { held, captured, refunded };
    },
    async close() {
      await clients.close();
      await Promise.all(processes.map((one) => one.stop()));
      await provider.close();
      await carrier?.close();
      await others.close();
      await rm(folder, { recursive: true });
    },
  };
}
