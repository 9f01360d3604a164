import type { ClientFactory } from '../chassis/client/index.ts';
import { AppError, type Clock } from '../chassis/core/index.ts';
import { PaymentServiceDefinition } from '../../gen/tradewind/payment/v1/payment.ts';
import { ImportProductsRequest, ProductServiceDefinition } from '../../gen/tradewind/product/v1/product.ts';
import { AuthServiceDefinition, UserServiceDefinition } from '../../gen/tradewind/user/v1/user.ts';
import type { Secret } from '../chassis/config/index.ts';

/** The customer that a development suite starts with. */
export const DEMO_EMAIL = 'ada@tradewind.example';

/** Where the demo customer lives. */
export const DEMO_ADDRESS = {
  recipient: 'Ada Byron',
  lines: ['12 Harbour Street'],
  city: 'Hamburg',
  postalCode: '20457',
  region: '',
  countryCode: 'DE',
};

/** Ids that make the seed safe to repeat: the second start finds what the first one made. */
const DEMO_USER_REQUEST_ID = '01900000-0000-7000-8000-000000000001';
const DEMO_CARD_REQUEST_ID = 'seed/demo-card';

const CATALOGUE_SEED: readonly (readonly [
  sku: string,
  name: string,
  category: string,
  price: string,
  quantity: number,
])[] = [
  ['TEA-ASSAM-250', 'Assam tea, 250 g', 'tea', '8.90', 500],
  ['TEA-SENCHA-100', 'Sencha tea, 100 g', 'tea', '12.50', 300],
  ['TEA-DARJEELING-100', 'Darjeeling first flush, 100 g', 'tea', '14.20', 200],
  ['COF-ETHIOPIA-500', 'Coffee from Ethiopia, 500 g', 'coffee', '15.40', 400],
  ['COF-SUMATRA-500', 'Coffee from Sumatra, 500 g', 'coffee', '16.10', 250],
  ['SPI-PEPPER-80', 'Kampot pepper, 80 g', 'spices', '9.75', 350],
  ['SPI-CARDAMOM-50', 'Green cardamom, 50 g', 'spices', '7.30', 350],
  ['SPI-SAFFRON-1', 'Saffron, 1 g', 'spices', '11.99', 80],
  ['POT-IRON-09', 'Cast-iron teapot, 0.9 l', 'kitchen', '54.00', 40],
  ['MUG-STONE-03', 'Stoneware mug, 0.3 l', 'kitchen', '13.00', 120],
];

/** What the first order is made of. */
export interface Seed {
  readonly userId: string;
  readonly paymentMethodId: string;
  readonly cart: readonly { readonly productId: string; readonly quantity: number }[];
}

/** Makes the catalogue, the demo customer and the customer's card; what is there already stays as it is. */
export async function seed(
  clients: ClientFactory,
  demoPassword: Secret,
  clock: Clock,
): Promise<Seed & { readonly created: number }> {
  const [catalogue, userId] = await Promise.all([seedCatalogue(clients), seedUser(clients, demoPassword)]);
  const paymentMethodId = await seedCard(clients, userId, new Date(clock.now()).getUTCFullYear() + 3);
  return { userId, paymentMethodId, ...catalogue };
}

async function seedCatalogue(clients: ClientFactory): Promise<Pick<Seed, 'cart'> & { created: number }> {
  const products = clients.client(ProductServiceDefinition, 'etcd:///product');
  async function* rows(): AsyncGenerator<ImportProductsRequest> {
    for (const [sku, name, category, price, initialQuantity] of CATALOGUE_SEED) {
      yield ImportProductsRequest.fromPartial({ sku, name, category, price, currencyCode: 'EUR', initialQuantity });
    }
  }
  const summary = await products.importProducts(rows());
  if (summary.failedCount > 0) throw new Error(`the seed was refused: ${JSON.stringify(summary.errors)}`);
  const found = await products.searchProducts({ inStock: true, categories: ['tea', 'kitchen'], pageSize: 2 });
  return {
    created: summary.createdCount,
    cart: found.products.map((product, index) => ({ productId: product.id, quantity: index + 1 })),
  };
}

async function seedUser(clients: ClientFactory, demoPassword: Secret): Promise<string> {
  const users = clients.client(UserServiceDefinition, 'etcd:///user');
  try {
    const { user } = await users.createUser({
      requestId: DEMO_USER_REQUEST_ID,
      email: DEMO_EMAIL,
      password: demoPassword.reveal(),
      displayName: DEMO_ADDRESS.recipient,
      phone: '',
      defaultAddress: DEMO_ADDRESS,
    });
    return requireId(user?.id, 'CreateUser');
  } catch (error) {
    // The record of the first start's request may have been pruned by now; the account is there all the same.
    if (!(error instanceof AppError) || error.reason !== 'EMAIL_TAKEN') throw error;
    const session = await clients
      .client(AuthServiceDefinition, 'etcd:///user')
      .signIn({ email: DEMO_EMAIL, password: demoPassword.reveal() });
    return requireId(session.user?.id, 'SignIn');
  }
}

async function seedCard(clients: ClientFactory, userId: string, expiryYear: number): Promise<string> {
  const payments = clients.client(PaymentServiceDefinition, 'etcd:///payment');
  const { paymentMethods } = await payments.listPaymentMethods({ userId, pageSize: 1, pageToken: '' });
  if (paymentMethods[0] !== undefined) return paymentMethods[0].id;
  const { paymentMethod } = await payments.addPaymentMethod({
    requestId: DEMO_CARD_REQUEST_ID,
    userId,
    // The sandbox provider's card that is always approved.
    card: { number: '4242424242424242', cvc: '123', expiryMonth: 12, expiryYear, holderName: DEMO_ADDRESS.recipient },
    makeDefault: true,
  });
  return requireId(paymentMethod?.id, 'AddPaymentMethod');
}

function requireId(id: string | undefined, rpc: string): string {
  if (id === undefined || id === '') throw new Error(`${rpc} answered without an id`);
  return id;
}
