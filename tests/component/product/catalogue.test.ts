import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ProductState } from '../../../gen/tradewind/product/v1/product.ts';
import { failureOf, startProductProcess, violatedFields, type ProductProcess } from './product-process.ts';

let process: ProductProcess;
beforeAll(async () => {
  process = await startProductProcess();
});
afterAll(async () => process[Symbol.asyncDispose]());

const mug = {
  sku: 'MUG-1',
  name: 'Green mug',
  description: 'Holds tea.',
  category: 'kitchen',
  price: { currencyCode: 'EUR', units: 12n, nanos: 500_000_000 },
  imageUri: 'https://example.org/mug.png',
  attributes: [
    { name: 'colour', value: 'green' },
    { name: 'size', value: 'L' },
  ],
  initialQuantity: 7,
};
const nowhere = '0190a0a0-0000-7000-8000-000000000000';

describe('ProductService', () => {
  it('creates a product that reads back as it was given', async () => {
    const { product } = await process.products.createProduct(mug);
    expect(product).toMatchObject({
      ...{ sku: 'MUG-1', name: 'Green mug', description: 'Holds tea.', category: 'kitchen' },
      ...{ price: mug.price, imageUri: mug.imageUri, attributes: mug.attributes, availableQuantity: 7 },
      state: ProductState.PRODUCT_STATE_ACTIVE,
    });
    expect(product?.createTime).toBeInstanceOf(Date);
    const read = await process.products.getProduct({ productId: product?.id ?? '' });
    expect(read.product).toEqual(product);
  });

  it('answers a repeated creation with the first response and refuses another body', async () => {
    const request = { ...mug, sku: 'MUG-REPEATED', requestId: crypto.randomUUID() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => process.products.createProduct(request)));
    expect(new Set(answers.map(({ product }) => product?.id)).size).toBe(1);
    const refused = await failureOf(process.products.createProduct({ ...request, name: 'Another' }));
    expect(refused).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'REQUEST_ID_REUSED' });
  });

  it('refuses a SKU that another product has, until that product is deleted', async () => {
    const { product } = await process.products.createProduct({ ...mug, sku: 'MUG-TAKEN' });
    const refused = await failureOf(process.products.createProduct({ ...mug, sku: 'MUG-TAKEN' }));
    expect(refused).toMatchObject({ status: 'ALREADY_EXISTS', reason: 'SKU_TAKEN', domain: 'product.tradewind' });
    await process.products.deleteProduct({ productId: product?.id ?? '' });
    await process.products.createProduct({ ...mug, sku: 'MUG-TAKEN' });
  });

  it.each([
    ['below zero', { currencyCode: 'EUR', units: -1n, nanos: 0 }],
    ['finer than a cent', { currencyCode: 'EUR', units: 1n, nanos: 1_000_000 }],
    ['finer than a yen', { currencyCode: 'JPY', units: 100n, nanos: 500_000_000 }],
  ])('refuses a price %s', async (_what, price) => {
    const refused = await failureOf(process.products.createProduct({ ...mug, sku: 'MUG-PRICE', price }));
    expect(refused).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'PRICE_INVALID' });
    expect(violatedFields(refused)).toEqual(['price']);
  });

  it('reads many products in the order asked for and names those missing', async () => {
    const [first, second] = [await process.create(), await process.create()];
    const answer = await process.products.batchGetProducts({ productIds: [second.id, nowhere, first.id] });
    expect(answer.products.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(answer.missingProductIds).toEqual([nowhere]);
  });

  it('changes only what the mask names, and says so with a new etag', async () => {
    const product = await process.create({ name: 'Before' });
    const { product: updated } = await process.products.updateProduct({
      product: { ...product, name: 'After', description: 'not named', etag: product.etag },
      updateMask: ['name'],
    });
    expect(updated).toMatchObject({ name: 'After', description: '' });
    expect(updated?.etag).not.toBe(product.etag);
    const { product: found } = await process.products.getProduct({ productId: product.id });
    expect(found).toEqual(updated);
  });

  it('changes every field that is set when there is no mask', async () => {
    const product = await process.create();
    const { product: updated } = await process.products.updateProduct({
      product: {
        id: product.id,
        description: 'New.',
        price: { currencyCode: 'USD', units: 3n },
        state: ProductState.PRODUCT_STATE_DISCONTINUED,
      },
    });
    expect(updated).toMatchObject({
      ...{ name: product.name, description: 'New.', state: ProductState.PRODUCT_STATE_DISCONTINUED },
      price: { currencyCode: 'USD', units: 3n, nanos: 0 },
    });
  });

  it('keeps the etag when an update changes nothing or stock moves', async () => {
    const product = await process.create({ quantity: 5 });
    await process.inventory.reserveStock({
      requestId: 'etag',
      reservationId: crypto.randomUUID(),
      lines: [{ productId: product.id, quantity: 2 }],
    });
    const { product: same } = await process.products.updateProduct({ product: { id: product.id, name: product.name } });
    expect(same).toEqual({ ...product, availableQuantity: 3 });
  });

  it('refuses a stale etag on update and on delete', async () => {
    const product = await process.create();
    await process.products.updateProduct({ product: { id: product.id, name: 'Changed', etag: product.etag } });
    const update = await failureOf(
      process.products.updateProduct({ product: { id: product.id, name: 'Lost', etag: product.etag } }),
    );
    expect(update).toMatchObject({ status: 'ABORTED', reason: 'ETAG_MISMATCH' });
    const remove = await failureOf(process.products.deleteProduct({ productId: product.id, etag: product.etag }));
    expect(remove).toMatchObject({ status: 'ABORTED', reason: 'ETAG_MISMATCH' });
  });

  it('lets one of many concurrent updates with the same etag win', async () => {
    const product = await process.create();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        process.products.updateProduct({ product: { id: product.id, name: `Name ${index}`, etag: product.etag } }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('refuses an update mask path that cannot be changed', async () => {
    const product = await process.create();
    const refused = await failureOf(process.products.updateProduct({ product, updateMask: ['name', 'sku'] }));
    expect(refused).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'UNKNOWN_FIELD_PATH' });
    expect(violatedFields(refused)).toEqual(['update_mask']);
  });

  it.each([
    ['name', 'VALIDATION_FAILED'],
    ['category', 'VALIDATION_FAILED'],
    ['state', 'VALIDATION_FAILED'],
    ['price', 'PRICE_INVALID'],
  ])('refuses an update that empties the %s', async (field, reason) => {
    const product = await process.create();
    const refused = await failureOf(
      process.products.updateProduct({ product: { id: product.id }, updateMask: [field] }),
    );
    expect(refused).toMatchObject({ status: 'INVALID_ARGUMENT', reason });
    expect(violatedFields(refused)).toEqual([`product.${field}`]);
  });

  it('deletes for good, and again without complaint', async () => {
    const product = await process.create({ category: 'deleted-things', quantity: 5 });
    await process.products.deleteProduct({ productId: product.id, etag: product.etag });
    await process.products.deleteProduct({ productId: product.id, etag: product.etag });
    const calls = [
      process.products.getProduct({ productId: product.id }),
      process.products.updateProduct({ product: { id: product.id, name: 'Back' } }),
      process.inventory.getStock({ productId: product.id }),
      process.inventory.reserveStock({
        requestId: 'of-deleted',
        reservationId: crypto.randomUUID(),
        lines: [{ productId: product.id, quantity: 1 }],
      }),
    ];
    for (const refused of await Promise.all(calls.map(failureOf))) {
      expect(refused).toMatchObject({
        ...{ status: 'NOT_FOUND', reason: 'PRODUCT_NOT_FOUND' },
        metadata: { product_id: product.id },
      });
    }
    const { products } = await process.products.listProducts({ category: 'deleted-things' });
    expect(products).toEqual([]);
  });
});

describe('ProductService, given bad input', () => {
  const long = (length: number) => 'x'.repeat(length);
  it.each<[string, (process: ProductProcess) => Promise<unknown>, readonly string[]]>([
    [
      'CreateProduct',
      (p) =>
        p.products.createProduct({
          ...{ requestId: 'no uuid', sku: '-', name: '', description: long(10_001), category: 'Not Kebab' },
          ...{ imageUri: 'ftp://x', attributes: [{ name: '', value: 'v' }], initialQuantity: -1 },
        }),
      [
        ...['request_id', 'sku', 'name', 'description', 'category', 'price', 'image_uri', 'attributes[0].name'],
        'initial_quantity',
      ],
    ],
    ['CreateProduct, U+0000', (p) => p.products.createProduct({ ...mug, sku: 'NUL', name: 'a\0b' }), ['name']],
    ['GetProduct', (p) => p.products.getProduct({ productId: 'x' }), ['product_id']],
    ['BatchGetProducts, none', (p) => p.products.batchGetProducts({}), ['product_ids']],
    ['BatchGetProducts', (p) => p.products.batchGetProducts({ productIds: ['x'] }), ['product_ids[0]']],
    ['ListProducts', (p) => p.products.listProducts({ pageSize: -1, category: 'A b' }), ['page_size', 'category']],
    ['ListProducts, state', (p) => p.products.listProducts({ state: 9 as ProductState }), ['state']],
    ['ListProducts, token', (p) => p.products.listProducts({ pageToken: 'made-up' }), ['page_token']],
    [
      'SearchProducts',
      (p) => p.products.searchProducts({ query: long(201), orderBy: 'colour', pageSize: -1, categories: ['A'] }),
      ['query', 'categories[0]', 'order_by', 'page_size'],
    ],
    ['SearchProducts, U+0000', (p) => p.products.searchProducts({ query: '\0' }), ['query']],
    ['SearchProducts, token', (p) => p.products.searchProducts({ pageToken: 'made-up' }), ['page_token']],
    ['UpdateProduct', (p) => p.products.updateProduct({}), ['product']],
    ['UpdateProduct, id', (p) => p.products.updateProduct({ product: { name: 'x' } }), ['product.id']],
    [
      'UpdateProduct, fields',
      (p) => p.products.updateProduct({ product: { id: nowhere, name: long(201), imageUri: 'x' } }),
      ['product.name', 'product.image_uri'],
    ],
    ['DeleteProduct', (p) => p.products.deleteProduct({ productId: '', etag: long(65) }), ['product_id', 'etag']],
    ['ListCategories', (p) => p.products.listCategories({ pageSize: -1 }), ['page_size']],
    ['ListCategories, token', (p) => p.products.listCategories({ pageToken: 'made-up' }), ['page_token']],
  ])('names every wrong field of %s', async (_rpc, call, fields) => {
    const refused = await failureOf(call(process));
    expect(refused.status).toBe('INVALID_ARGUMENT');
    expect([...violatedFields(refused)].sort()).toEqual([...fields].sort());
  });

  it('answers NOT_FOUND for a product that never was', async () => {
    const calls = [
      process.products.getProduct({ productId: nowhere }),
      process.products.updateProduct({ product: { id: nowhere, name: 'x' } }),
      process.products.deleteProduct({ productId: nowhere }),
    ];
    for (const refused of await Promise.all(calls.map(failureOf))) {
      expect(refused).toMatchObject({ status: 'NOT_FOUND', reason: 'PRODUCT_NOT_FOUND' });
    }
  });
});
