import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ProductServiceDefinition, ProductState } from '../../../gen/tradewind/product/v1/product.ts';
import { productService } from '../../../src/services/product/service.ts';
import { startPublisher, type TestPublisher } from '../../support/events/event-publisher.ts';
import { tellOrder, type ToldLine } from '../../support/events/order-events.ts';
import { eventually } from '../../support/eventually.ts';
import { failure, startTestService, violatedFields, type TestService } from '../../support/service.ts';

let orders: TestPublisher;
let service: TestService;
beforeAll(async () => {
  orders = await startPublisher();
  service = await startTestService(productService, {}, { neighbours: [orders.instance('order')] });
});
afterAll(async () => {
  await service.close();
  await orders[Symbol.asyncDispose]();
});

const products = () => service.client(ProductServiceDefinition);

/** Products of one test, each a line of an order. */
async function make(count: number): Promise<readonly ToldLine[]> {
  const made = Array.from({ length: count }, () =>
    products().createProduct({
      sku: `S-${crypto.randomUUID()}`,
      name: 'Thing',
      category: 'things',
      price: { currencyCode: 'EUR', units: 1n },
    }),
  );
  return (await Promise.all(made)).map(({ product }) => ({ productId: product?.id ?? '' }));
}

/** What goes with a product, and in how many orders. */
async function withProduct({ productId }: ToldLine) {
  const { recommendations } = await products().listRecommendations({ productId });
  return recommendations.map(({ product, orderCount }) => [product?.id, orderCount]);
}

const goesWith = (line: ToldLine, expected: readonly (readonly [ToldLine, bigint])[]) =>
  eventually(async () =>
    expect(await withProduct(line)).toEqual(expected.map(([{ productId }, count]) => [productId, count])),
  );

describe('ListRecommendations', () => {
  it('shows what was in the same confirmed orders, the most often first, page by page', async () => {
    const [a, b, c, d] = (await make(4)) as [ToldLine, ToldLine, ToldLine, ToldLine];
    await orders.write(tellOrder().confirmed([a, b, c]), tellOrder().confirmed([a, c]), tellOrder().confirmed([d]));
    await goesWith(a, [
      [c, 2n],
      [b, 1n],
    ]);
    await goesWith(d, []);
    const first = await products().listRecommendations({ productId: a.productId, pageSize: 1 });
    expect(first.recommendations.map(({ product }) => product?.id)).toEqual([c.productId]);
    const { nextPageToken: pageToken } = first;
    const rest = await products().listRecommendations({ productId: a.productId, pageToken });
    expect(rest.recommendations.map(({ product }) => product?.id)).toEqual([b.productId]);
    expect(rest.nextPageToken).toBe('');
  });

  it('takes back what is cancelled: an order, or a line of it once no piece is left', async () => {
    const [a, b, c] = (await make(3)) as [ToldLine, ToldLine, ToldLine];
    const order = tellOrder();
    const pair = { ...b, quantity: 2 };
    await orders.write(order.confirmed([a, pair, c]), tellOrder().confirmed([a, b]));
    await goesWith(a, [
      [b, 2n],
      [c, 1n],
    ]);
    await orders.write(
      order.linesCancelled([a, { ...pair, cancelledQuantity: 1 }, { ...c, cancelledQuantity: 1 }], [b, c]),
    );
    await goesWith(a, [[b, 2n]]);
    await orders.write(order.cancelled([a, { ...pair, cancelledQuantity: 1 }, { ...c, cancelledQuantity: 1 }]));
    await goesWith(a, [[b, 1n]]);
    await goesWith(c, []);
  });

  it('counts no order that was never confirmed, and none again whose cancellation failed', async () => {
    const [a, b, marker] = (await make(3)) as [ToldLine, ToldLine, ToldLine];
    const order = tellOrder();
    await orders.write(
      tellOrder().cancelled([a, b], { wasConfirmed: false, reason: 'PAYMENT_DECLINED' }),
      order.confirmed([a, b]),
      order.confirmed([a, b], { reason: 'ORDER_NOT_CANCELLABLE' }),
      tellOrder().confirmed([marker, b]),
    );
    await goesWith(marker, [[b, 1n]]);
    await goesWith(a, [[b, 1n]]);
  });

  it('counts events once that come again, as after a restart from old positions', async () => {
    const [a, b, c] = (await make(3)) as [ToldLine, ToldLine, ToldLine];
    await orders.write(tellOrder().confirmed([a, b]), tellOrder().confirmed([a, b]));
    await goesWith(a, [[b, 2n]]);
    await service.stop();
    await service.database.execute({ name: 'back', text: 'UPDATE inbox_partition SET position = 0' });
    await service.restart();
    await orders.write(tellOrder().confirmed([a, c]));
    await goesWith(a, [
      [b, 2n],
      [c, 1n],
    ]);
  });

  it('leaves out what is no longer sold', async () => {
    const [a, b, c] = (await make(3)) as [ToldLine, ToldLine, ToldLine];
    await orders.write(tellOrder().confirmed([a, b, c]), tellOrder().confirmed([a, b]));
    await goesWith(a, [
      [b, 2n],
      [c, 1n],
    ]);
    await products().updateProduct({
      product: { id: b.productId, state: ProductState.PRODUCT_STATE_DISCONTINUED },
      updateMask: ['state'],
    });
    await products().deleteProduct({ productId: c.productId });
    await goesWith(a, []);
  });

  it('refuses a product that is none, and a negative page', async () => {
    const productId = crypto.randomUUID();
    expect(await failure(products().listRecommendations({ productId }))).toMatchObject({
      status: 'NOT_FOUND',
      reason: 'PRODUCT_NOT_FOUND',
    });
    expect(violatedFields(await failure(products().listRecommendations({ productId, pageSize: -1 })))).toEqual([
      'page_size',
    ]);
  });
});
