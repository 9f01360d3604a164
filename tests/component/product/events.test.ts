import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { AdjustmentReason } from '../../../gen/tradewind/product/v1/inventory.ts';
import { ProductState, type Product } from '../../../gen/tradewind/product/v1/product.ts';
import { eventually } from '../../support/eventually.ts';
import { miscounted, toldOf, untold } from '../../support/told.ts';
import { startProductProcess, type ProductProcess } from './product-process.ts';

let process: ProductProcess;
beforeAll(async () => {
  process = await startProductProcess({ replicas: 2 });
});
afterAll(async () => process[Symbol.asyncDispose]());

const id = () => crypto.randomUUID();
const toldOfProduct = (product: Product) => toldOf(process.database, 'product', product.id);
/** What was told of a product's stock but for the adjustments that a test made itself. */
const levelsOf = async ({ id: productId }: Product) =>
  (await toldOf(process.database, 'stock', productId)).filter(({ type }) => type !== 'stock.adjusted');
const level = (available: number, threshold = 5) =>
  expect.objectContaining({ available_quantity: available, low_stock_threshold: threshold });

async function reserve(product: Product, quantity: number, options: { readonly ttlSeconds?: number } = {}) {
  const reservationId = id();
  const lines = [{ productId: product.id, quantity }];
  await process.inventory.reserveStock({ requestId: id(), reservationId, lines, ...options });
  return reservationId;
}
const release = (reservationId: string) =>
  process.inventory.releaseReservation({ requestId: id(), reservationId, reason: 'enough' });
const adjust = (product: Product, delta: number) =>
  process.inventory.adjustStock({
    ...{ requestId: id(), productId: product.id, delta },
    reason: AdjustmentReason.ADJUSTMENT_REASON_COUNT,
  });
const setThreshold = ({ id: productId }: Product, lowStockThreshold: number) =>
  process.products.updateProduct({
    product: { id: productId, lowStockThreshold },
    updateMask: ['low_stock_threshold'],
  });

describe('a product', () => {
  it('is told when it is made, changed, discontinued, sold again and deleted, each once', async () => {
    const product = await process.create({ name: 'Rake', category: 'garden', quantity: 7 });
    const change = (changes: object, ...updateMask: string[]) =>
      process.products.updateProduct({ product: { id: product.id, ...changes }, updateMask });
    await change({ name: 'Long rake' }, 'name');
    await change({ name: 'Long rake' }, 'name'); // says nothing new
    await change({ state: ProductState.PRODUCT_STATE_DISCONTINUED }, 'state');
    await change({ state: ProductState.PRODUCT_STATE_ACTIVE }, 'state');
    await process.products.deleteProduct({ productId: product.id });
    await process.products.deleteProduct({ productId: product.id });

    const told = await toldOfProduct(product);
    expect(told.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['product.created', 1],
      ['product.updated', 2],
      ['product.discontinued', 3],
      ['product.updated', 4],
      ['product.deleted', 5],
    ]);
    expect(told[1]?.payload).toEqual({
      ...{ product_id: product.id, sku: product.sku, name: 'Long rake', category: 'garden', state: 'ACTIVE' },
      price: { currency_code: 'EUR', units: '10', nanos: 0 },
      available_quantity: 7,
    });
    expect(told[4]?.payload).toEqual({ product_id: product.id, sku: product.sku, name: 'Long rake' });
  });

  it('is told once when its creation is repeated, and not at all when its SKU is taken', async () => {
    const price = { currencyCode: 'EUR', units: 1n };
    const request = { requestId: id(), sku: 'ONCE', name: 'Once', category: 'things', price };
    const { product } = await process.products.createProduct(request);
    await process.products.createProduct(request);
    await expect(process.products.createProduct({ ...request, requestId: id() })).rejects.toThrow();
    expect(await toldOfProduct(product!)).toHaveLength(1);
  });

  it('is told by an import where a row makes or changes it', async () => {
    const row = (sku: string, name: string) => ({ sku, name, category: 'rows', price: '1', currencyCode: 'EUR' });
    async function* rows(name: string) {
      for (let n = 0; n < 300; n += 1) yield row(`ROW-${n}`, n % 2 === 0 ? name : 'Same');
    }
    await process.products.importProducts(rows('First'));
    await process.products.importProducts(rows('Second'));
    const counts = await process.database.rows<{ readonly type: string; readonly count: number }>({
      name: 'counts',
      text: `SELECT type, count(*)::integer AS count FROM outbox WHERE payload ->> 'category' = 'rows' GROUP BY type ORDER BY type`,
    });
    expect(counts).toEqual([
      { type: 'product.created', count: 300 },
      { type: 'product.updated', count: 150 },
    ]);
  });
});

describe('stock', () => {
  it('is told to be low once when it falls to its threshold, and again only after it was above', async () => {
    const product = await process.create({ quantity: 8 });
    const first = await reserve(product, 2); // 6
    expect(await levelsOf(product)).toEqual([]);
    const second = await reserve(product, 1); // 5
    await reserve(product, 1); // 4
    expect(await levelsOf(product)).toEqual([{ type: 'stock.low', sequence: 1, payload: level(5) }]);
    await release(first); // 6
    await release(second); // 7
    await reserve(product, 6); // 1
    expect(await levelsOf(product)).toEqual([
      { type: 'stock.low', sequence: 1, payload: level(5) },
      { type: 'stock.low', sequence: 2, payload: level(1) },
    ]);
  });

  it('is told to be back when there is some after there was none, also where it stays low', async () => {
    const product = await process.create({ quantity: 2 });
    const all = await reserve(product, 2);
    await adjust(product, 1);
    await adjust(product, 1);
    await adjust(product, -2);
    await release(all);
    const told = await toldOf(process.database, 'stock', product.id);
    expect(told.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['stock.adjusted', 1],
      ['stock.back', 2],
      ['stock.adjusted', 3],
      ['stock.adjusted', 4],
      ['stock.back', 5],
    ]);
    expect(told[1]?.payload).toEqual({
      ...{ product_id: product.id, sku: product.sku, name: 'Thing', available_quantity: 1, low_stock_threshold: 5 },
    });
  });

  it('is low where its threshold is raised to it, and not told again by the next sale', async () => {
    const product = await process.create({ quantity: 10 });
    await setThreshold(product, 10);
    await reserve(product, 1);
    expect(await levelsOf(product)).toEqual([{ type: 'stock.low', sequence: 1, payload: level(10, 10) }]);
    expect((await process.products.getProduct({ productId: product.id })).product?.lowStockThreshold).toBe(10);
  });

  it('with a threshold of 0 is low when the last piece goes', async () => {
    const price = { currencyCode: 'EUR', units: 1n };
    const given = { sku: 'ZERO', name: 'Zero', category: 'things', price, initialQuantity: 2, lowStockThreshold: 0 };
    const { product } = await process.products.createProduct(given);
    await reserve(product!, 1);
    expect(await levelsOf(product!)).toEqual([]);
    await reserve(product!, 1);
    expect(await levelsOf(product!)).toEqual([{ type: 'stock.low', sequence: 1, payload: level(0, 0) }]);
  });

  it('is told once by a hundred buyers at two replicas, by the one who made it low', async () => {
    const product = await process.create({ quantity: 100 });
    await Promise.all(Array.from({ length: 100 }, () => reserve(product, 1)));
    expect(await levelsOf(product)).toEqual([{ type: 'stock.low', sequence: 1, payload: level(5) }]);
  });

  it('that goes to and fro in one transaction is told as one move: a late commit makes nothing be back', async () => {
    await using unswept = await startProductProcess({ environment: { RESERVATION_SWEEP_MS: '60000' } });
    const product = await unswept.create({ quantity: 1 });
    const reservationId = id();
    const lines = [{ productId: product.id, quantity: 1 }];
    await unswept.inventory.reserveStock({ requestId: id(), reservationId, lines, ttlSeconds: 1 });
    const isPastEnd = async () =>
      unswept.database.one({ name: 'past', text: 'SELECT id FROM reservation WHERE expire_time < clock_timestamp()' });
    await eventually(async () => expect(await isPastEnd()).toBeDefined());
    await unswept.inventory.commitReservation({ requestId: id(), reservationId });
    expect((await unswept.inventory.getStock({ productId: product.id })).stock).toMatchObject({ soldQuantity: 1 });
    expect(await toldOf(unswept.database, 'stock', product.id)).toEqual([]);
  });
});

describe('the outbox of the product process', () => {
  it('has had every type of the contract, and counts the events of each aggregate', async () => {
    const product = await process.create({ quantity: 3 });
    await reserve(product, 1, { ttlSeconds: 1 });
    const sold = await reserve(product, 1);
    await process.inventory.commitReservation({ requestId: id(), reservationId: sold });
    const lines = [{ productId: product.id, quantity: 1 }];
    await process.inventory.returnStock({ requestId: id(), reservationId: sold, lines, reason: 'broken' });
    await eventually(async () => expect(await untold('product', process.database)).toEqual([]));
    expect(await miscounted(process.database)).toEqual([]);
  });
});
