import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ProductState } from '../../../gen/tradewind/product/v1/product.ts';
import { failureOf, startProductProcess, violatedFields, type ProductProcess } from './product-process.ts';

const PRODUCTS = 60;

let process: ProductProcess;
beforeAll(async () => {
  process = await startProductProcess();
  // One import: every create_time is the same, and names and prices repeat, so that every order has ties.
  await process.products.importProducts(
    (async function* () {
      for (let index = 0; index < PRODUCTS; index += 1) {
        yield {
          ...{ sku: `LAMP-${index}`, name: `Desk lamp ${'ABC'[index % 3]}`, category: `lamps-${index % 2}` },
          ...{ description: index % 5 === 0 ? 'With a dimmer.' : 'Bright.', price: `${(index % 4) + 1}.50` },
          ...{ currencyCode: index % 10 === 0 ? 'USD' : 'EUR', initialQuantity: index % 2 },
        };
      }
    })(),
  );
});
afterAll(async () => process[Symbol.asyncDispose]());

type Search = Parameters<ProductProcess['products']['searchProducts']>[0];

async function searchAll(request: Search, pageSize = 7) {
  const found = [];
  for (let pageToken = ''; ;) {
    const page = await process.products.searchProducts({ ...request, pageSize, pageToken });
    expect(page.products.length).toBeLessThanOrEqual(pageSize);
    found.push(...page.products);
    if (page.nextPageToken === '') return found;
    pageToken = page.nextPageToken;
  }
}

describe('SearchProducts', () => {
  it.each(['', 'relevance', 'create_time', 'create_time desc', 'name', 'name desc', 'price', 'price desc'])(
    'pages through ties ordered by "%s" without loss or repeat',
    async (orderBy) => {
      for (const query of ['', 'lamp']) {
        const paged = await searchAll({ orderBy, query });
        const whole = await process.products.searchProducts({ orderBy, query, pageSize: 200 });
        expect(paged.map(({ id }) => id)).toEqual(whole.products.map(({ id }) => id));
        expect(new Set(paged.map(({ id }) => id)).size).toBe(PRODUCTS);
      }
    },
  );

  it('orders by name and by price within a currency, both ways', async () => {
    const names = (await searchAll({ orderBy: 'name' })).map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    expect((await searchAll({ orderBy: 'name desc' })).map(({ name }) => name)).toEqual([...names].reverse());
    const prices = (await searchAll({ orderBy: 'price' })).map(({ price }) => `${price?.currencyCode} ${price?.units}`);
    expect(prices).toEqual([...prices].sort());
    const back = (await searchAll({ orderBy: 'price desc' })).map(
      ({ price }) => `${price?.currencyCode} ${price?.units}`,
    );
    expect(back).toEqual([...prices].reverse());
  });

  it('finds products in which every word appears, whatever its case and wherever', async () => {
    expect(await searchAll({ query: 'LAMP dimmer' })).toHaveLength(12);
    expect(await searchAll({ query: 'lamp-17' })).toHaveLength(1);
    expect(await searchAll({ query: 'lamps-1 bright' })).toHaveLength(24);
    expect(await searchAll({ query: 'lamp sofa' })).toHaveLength(0);
  });

  it('puts the name that matches before the description that does', async () => {
    await process.create({ name: 'Teapot', category: 'relevance' });
    const { product } = await process.products.createProduct({
      ...{ sku: 'WARMER', name: 'Warmer', description: 'For a teapot.', category: 'relevance' },
      price: { currencyCode: 'EUR', units: 5n },
    });
    const found = await searchAll({ query: 'teapot' });
    expect(found.map(({ name }) => name)).toEqual(['Teapot', 'Warmer']);
    const newest = await searchAll({ query: 'teapot', orderBy: 'create_time desc' });
    expect(newest[0]?.id).toBe(product?.id);
    for (const { id } of found) await process.products.deleteProduct({ productId: id });
  });

  it('filters by category, price, currency and stock, all at once', async () => {
    const found = await searchAll({
      categories: ['lamps-1', 'lamps-none'],
      priceMin: { currencyCode: 'EUR', units: 2n, nanos: 500_000_000 },
      priceMax: { currencyCode: 'EUR', units: 4n },
      inStock: true,
    });
    const expected = Array.from({ length: PRODUCTS }, (_, index) => index).filter(
      (index) => index % 2 === 1 && index % 10 !== 0 && [1, 2].includes(index % 4),
    );
    expect(found).toHaveLength(expected.length);
    expect(await searchAll({ priceMin: { currencyCode: 'USD', units: 0n } })).toHaveLength(6);
    expect(await searchAll({ priceMin: { currencyCode: 'JPY', units: 0n } })).toHaveLength(0);
  });

  it('leaves out what is no longer sold, and what is sold out when asked to', async () => {
    const product = await process.create({ name: 'Rarity', quantity: 1 });
    expect(await searchAll({ query: 'rarity', inStock: true })).toHaveLength(1);
    await process.inventory.reserveStock({
      requestId: 'rarity',
      reservationId: crypto.randomUUID(),
      lines: [{ productId: product.id, quantity: 1 }],
    });
    expect(await searchAll({ query: 'rarity', inStock: true })).toHaveLength(0);
    expect(await searchAll({ query: 'rarity' })).toHaveLength(1);
    const state = ProductState.PRODUCT_STATE_DISCONTINUED;
    await process.products.updateProduct({ product: { id: product.id, state } });
    expect(await searchAll({ query: 'rarity' })).toHaveLength(0);
    await process.products.deleteProduct({ productId: product.id });
  });

  it.each([
    ['price_max', { currencyCode: 'EUR', units: 2n }, { currencyCode: 'USD', units: 3n }],
    ['price_max', { currencyCode: 'EUR', units: 2n }, { currencyCode: 'EUR', units: 1n, nanos: 999_999_999 }],
    ['price_min', { currencyCode: 'EUR', units: 2n, nanos: -1 }, undefined],
  ])('refuses a price range whose %s does not fit', async (field, priceMin, priceMax) => {
    const refused = await failureOf(process.products.searchProducts({ priceMin, ...(priceMax && { priceMax }) }));
    expect(refused).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'PRICE_RANGE_INVALID' });
    expect(violatedFields(refused)).toEqual([field]);
  });

  it('refuses a page token that belongs to another search', async () => {
    const { nextPageToken } = await process.products.searchProducts({ query: 'lamp', pageSize: 1 });
    const calls = [
      process.products.searchProducts({ query: 'desk', pageSize: 1, pageToken: nextPageToken }),
      process.products.listProducts({ pageToken: nextPageToken }),
    ];
    for (const refused of await Promise.all(calls.map(failureOf))) {
      expect(refused).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'PAGE_TOKEN_INVALID' });
    }
    const bigger = await process.products.searchProducts({ query: 'lamp', pageSize: 200, pageToken: nextPageToken });
    expect(bigger.products).toHaveLength(PRODUCTS - 1);
  });

  it('takes hostile queries for words', async () => {
    for (const query of [`'; DROP TABLE product; --`, `lamp':* | 'sofa`, '\\', '%_%', '🛋', "''''", '&|!():*<->']) {
      await process.products.searchProducts({ query });
    }
    expect(await searchAll({ query: 'lamp & !desk' })).toHaveLength(PRODUCTS);
  });
});

describe('ListProducts', () => {
  it('lists every state newest first, pages without loss while products are added', async () => {
    const seen: string[] = [];
    for (let pageToken = ''; ;) {
      const page = await process.products.listProducts({ category: 'lamps-0', pageSize: 4, pageToken });
      seen.push(...page.products.map(({ sku }) => sku));
      await process.create({ category: 'lamps-0' });
      if (page.nextPageToken === '') break;
      pageToken = page.nextPageToken;
    }
    const even = Array.from({ length: PRODUCTS / 2 }, (_, index) => `LAMP-${index * 2}`).reverse();
    expect(seen).toEqual(even);
  });

  it('filters by state', async () => {
    const product = await process.create({ category: 'states' });
    const state = ProductState.PRODUCT_STATE_DISCONTINUED;
    await process.products.updateProduct({ product: { id: product.id, state } });
    const gone = await process.products.listProducts({ category: 'states', state });
    expect(gone.products.map(({ id }) => id)).toEqual([product.id]);
    const sold = await process.products.listProducts({
      category: 'states',
      state: ProductState.PRODUCT_STATE_ACTIVE,
    });
    expect(sold.products).toEqual([]);
    const all = await process.products.listProducts({ category: 'states' });
    expect(all.products).toHaveLength(1);
  });
});

describe('ListCategories', () => {
  it('counts products on sale and pages by name', async () => {
    const first = await process.products.listCategories({ pageSize: 1 });
    expect(first.categories.map(({ name }) => name)).toEqual(['lamps-0']);
    const rest = await process.products.listCategories({ pageSize: 200, pageToken: first.nextPageToken });
    expect(rest.nextPageToken).toBe('');
    expect(rest.categories[0]).toEqual({ name: 'lamps-1', productCount: PRODUCTS / 2 });
    expect(rest.categories.map(({ name }) => name)).not.toContain('states');
  });
});
