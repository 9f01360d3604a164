import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ImportProductsRequest, type DeepPartial } from '../../../gen/tradewind/product/v1/product.ts';
import { backgroundCall, newId, runInCall, systemClock } from '../../../src/chassis/core/index.ts';
import { createImportProducts } from '../../../src/services/product/import-products.ts';
import { createProductImport } from '../../../src/services/product/product-import.ts';
import { createProductRepository } from '../../../src/services/product/product-repository.ts';
import { createStockBell } from '../../../src/services/product/stock-bell.ts';
import { eventually } from '../../support/eventually.ts';
import { failureOf, startProductProcess, type ProductProcess } from './product-process.ts';

let process: ProductProcess;
beforeAll(async () => {
  process = await startProductProcess();
});
afterAll(async () => process[Symbol.asyncDispose]());

type Row = DeepPartial<ImportProductsRequest>;

const row = (sku: string, given: Row = {}): Row => ({
  ...{ sku, name: `Product ${sku}`, category: 'imported', price: '19.99', currencyCode: 'EUR', initialQuantity: 3 },
  ...given,
});

async function* stream(rows: Iterable<Row>): AsyncIterable<Row> {
  yield* rows;
}

async function countOf(category: string): Promise<number> {
  const { categories } = await process.products.listCategories({ pageSize: 200 });
  return categories.find(({ name }) => name === category)?.productCount ?? 0;
}

describe('ImportProducts', () => {
  it('takes 1,000 rows, tells which are bad and why, and takes the others', async () => {
    const bad: Readonly<Record<number, Row>> = {
      10: { sku: '-bad sku' },
      20: { name: '' },
      30: { price: 'cheap' },
      40: { price: '1.999' },
      50: { price: '-1' },
      60: { currencyCode: 'eur' },
      70: { category: 'Not Kebab' },
      80: { imageUri: 'ftp://x' },
      90: { attributes: [{ name: '', value: 'v' }] },
      100: { initialQuantity: -1 },
      110: { sku: 'IMP-3' },
      120: { name: 'a\0b' },
      130: { name: '', category: '' },
      140: { price: '' },
      150: { sku: 'x'.repeat(100) },
    };
    const rows = Array.from({ length: 1_000 }, (_, index) => row(`IMP-${index + 1}`, bad[index + 1]));
    const summary = await process.products.importProducts(stream(rows));
    expect(summary).toMatchObject({ createdCount: 985, updatedCount: 0, unchangedCount: 0, failedCount: 15 });
    expect(summary.errors.map((error) => [error.row, error.field, error.reason])).toEqual([
      [10, 'sku', 'ROW_INVALID'],
      [20, 'name', 'ROW_INVALID'],
      [30, 'price', 'PRICE_INVALID'],
      [40, 'price', 'PRICE_INVALID'],
      [50, 'price', 'PRICE_INVALID'],
      [60, 'currency_code', 'ROW_INVALID'],
      [70, 'category', 'ROW_INVALID'],
      [80, 'image_uri', 'ROW_INVALID'],
      [90, 'attributes[0].name', 'ROW_INVALID'],
      [100, 'initial_quantity', 'ROW_INVALID'],
      [110, 'sku', 'ROW_REPEATED'],
      [120, 'name', 'ROW_INVALID'],
      [130, '', 'ROW_INVALID'],
      [140, 'price', 'PRICE_INVALID'],
      [150, 'sku', 'ROW_INVALID'],
    ]);
    expect(summary.errors.at(-1)?.sku).toBe('x'.repeat(64));
    expect(await countOf('imported')).toBe(985);
    const { products } = await process.products.searchProducts({ query: 'IMP-500' });
    expect(products[0]).toMatchObject({
      ...{ sku: 'IMP-500', availableQuantity: 3, price: { currencyCode: 'EUR', units: 19n, nanos: 990_000_000 } },
    });
  });

  it('updates what exists, leaves its stock alone, and counts what says nothing new', async () => {
    const first = ['A', 'B', 'C'].map((name) => row(`AGAIN-${name}`));
    await process.products.importProducts(stream(first));
    const second = [
      row('AGAIN-A', { initialQuantity: 500 }),
      row('AGAIN-B', { price: '20', initialQuantity: 500 }),
      row('AGAIN-C', { attributes: [{ name: 'size', value: 'L' }] }),
      row('AGAIN-D'),
    ];
    const summary = await process.products.importProducts(stream(second));
    expect(summary).toMatchObject({ createdCount: 1, updatedCount: 2, unchangedCount: 1, failedCount: 0, errors: [] });
    const { products } = await process.products.searchProducts({ query: 'AGAIN-B' });
    expect(products[0]).toMatchObject({ availableQuantity: 3, price: { units: 20n, nanos: 0 }, etag: 'v2' });
  });

  it('makes each product once when the same rows are imported by several at a time', async () => {
    const rows = Array.from({ length: 500 }, (_, index) => row(`RACE-${index}`, { category: 'raced' }));
    const summaries = await Promise.all([
      process.products.importProducts(stream(rows)),
      process.products.importProducts(stream([...rows].reverse())),
      process.products.importProducts(stream(rows)),
    ]);
    expect(summaries.reduce((sum, { createdCount }) => sum + createdCount, 0)).toBe(500);
    expect(summaries.every(({ failedCount }) => failedCount === 0)).toBe(true);
    expect(await countOf('raced')).toBe(500);
  });

  it('keeps the rows that came before the stream broke', async () => {
    const abort = new AbortController();
    const broken = failureOf(
      process.products.importProducts(
        (async function* () {
          for (let index = 0; index < 30; index += 1) yield row(`BROKEN-${index}`, { category: 'broken' });
          await eventually(async () => expect(await countOf('broken')).toBeGreaterThan(0));
          for (let index = 30; index < 60; index += 1) yield row(`BROKEN-${index}`, { category: 'broken' });
          await eventually(async () => expect(await countOf('broken')).toBeGreaterThan(30));
          abort.abort();
        })(),
        { signal: abort.signal },
      ),
    );
    await broken;
    await eventually(async () => expect(await countOf('broken')).toBe(60));
  });

  it('keeps the rows that came even when their call is over before they are stored', async () => {
    const { database } = process;
    const abort = new AbortController();
    const products = createProductRepository(database);
    const { importProducts } = createImportProducts({
      store: createProductImport({ database, products, newId }),
      validate: undefined,
      bell: createStockBell({ database, clock: systemClock }),
      clock: systemClock,
    });
    const rows = (async function* () {
      yield ImportProductsRequest.fromPartial(row('OVER-1', { category: 'over' }));
      abort.abort();
      throw new Error('the stream broke');
    })();
    const call = backgroundCall({ callId: 'test', job: 'test', signal: abort.signal });
    // The handler reads nothing of nice-grpc's context.
    const context = {} as Parameters<typeof importProducts>[1];
    await expect(runInCall(call, () => importProducts(rows, context))).rejects.toThrow('the stream broke');
    expect(await countOf('over')).toBe(1);
  });

  it('tells the first 1,000 faults and counts them all', async () => {
    const rows = Array.from({ length: 1_200 }, (_, index) => row(`FAULT-${index}`, { name: '' }));
    const summary = await process.products.importProducts(stream(rows));
    expect(summary.failedCount).toBe(1_200);
    expect(summary.errors).toHaveLength(1_000);
  });

  it('answers an empty stream with an empty summary', async () => {
    expect(await process.products.importProducts(stream([]))).toMatchObject({ createdCount: 0, failedCount: 0 });
  });

  it('refuses row 100,001', async () => {
    const rows = (function* () {
      for (let index = 0; index <= 100_000; index += 1) yield { sku: 'x', name: '' };
    })();
    const refused = await failureOf(process.products.importProducts(stream(rows), { timeoutMs: 60_000 }));
    expect(refused).toMatchObject({ status: 'RESOURCE_EXHAUSTED', reason: 'IMPORT_TOO_LARGE' });
  }, 90_000);
});
