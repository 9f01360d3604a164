import type {
  ImportProductsRequest,
  ImportProductsResponse,
  ProductServiceImplementation,
} from '../../../gen/tradewind/product/v1/product.ts';
import { AppError, backgroundCall, currentCall, runInCall, type Clock } from '../../chassis/core/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import type { Validate } from '../../chassis/validation/index.ts';
import { parseImportRow, type ImportRow, type RowFault } from './import-row.ts';
import { inBatches } from './in-batches.ts';
import type { ProductImport } from './product-import.ts';
import type { StockBell } from './stock-bell.ts';

/** What the import works with. */
export interface ImportDependencies {
  readonly store: ProductImport;
  /** The contract's rules of CreateProductRequest. */
  readonly validate: Validate | undefined;
  readonly bell: StockBell;
  readonly clock: Clock;
}

/** The limits of one import. */
export const IMPORT_LIMITS = {
  rows: 100_000,
  /** Faults told one by one; the rest is only counted. */
  errors: 1_000,
  batch: 200,
  /** A row that is followed by nothing for so long is stored. */
  batchWaitMs: 50,
  skuLength: 64,
} as const;

/** The client stream of ProductService. */
export function createImportProducts(
  dependencies: ImportDependencies,
): Pick<ProductServiceImplementation, 'importProducts'> {
  const { store, validate, bell, clock } = dependencies;
  return {
    async importProducts(requests) {
      const call = currentCall();
      assertAdmin(call?.principal);
      // Rows that came are kept even when their stream has broken: what stores them does not end with the call.
      const keeping = backgroundCall({ callId: call?.callId ?? '', job: 'import-products' });
      const progress = startProgress(validate);
      const { batch: size, batchWaitMs: waitMs } = IMPORT_LIMITS;
      for await (const batch of inBatches(limited(requests), { size, waitMs, clock })) {
        const rows = progress.sift(batch);
        if (rows.length === 0) continue;
        progress.count(await runInCall(keeping, () => store.store(rows)));
        bell.ring();
      }
      return progress.summary();
    },
  };
}

/** RESOURCE_EXHAUSTED, IMPORT_TOO_LARGE, in place of the first row too many. */
async function* limited(requests: AsyncIterable<ImportProductsRequest>): AsyncIterable<ImportProductsRequest> {
  let rows = 0;
  for await (const request of requests) {
    rows += 1;
    if (rows > IMPORT_LIMITS.rows) {
      throw new AppError({
        status: 'RESOURCE_EXHAUSTED',
        reason: 'IMPORT_TOO_LARGE',
        message: `an import has at most ${IMPORT_LIMITS.rows} rows; those before this one are kept`,
        details: [
          {
            kind: 'quotaFailure',
            violations: [{ subject: 'import:rows', description: `at most ${IMPORT_LIMITS.rows} rows in one import` }],
          },
        ],
      });
    }
    yield request;
  }
}

interface Counts {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** Counts what becomes of the rows, and keeps the bad ones out. */
function startProgress(validate: Validate | undefined) {
  const skus = new Set<string>();
  const total = { created: 0, updated: 0, unchanged: 0, failed: 0 };
  const errors: ImportProductsResponse['errors'] = [];
  let row = 0;

  const reject = (sku: string, fault: RowFault) => {
    total.failed += 1;
    if (errors.length < IMPORT_LIMITS.errors)
      errors.push({ ...fault, row, sku: sku.slice(0, IMPORT_LIMITS.skuLength) });
  };
  return {
    sift(batch: readonly ImportProductsRequest[]): readonly ImportRow[] {
      return batch.flatMap((request) => {
        row += 1;
        if (skus.has(request.sku)) {
          reject(request.sku, { field: 'sku', reason: 'ROW_REPEATED', message: 'sku: came in a row before' });
          return [];
        }
        const parsed = parseImportRow(request, validate);
        if (request.sku !== '') skus.add(request.sku.slice(0, IMPORT_LIMITS.skuLength));
        if ('row' in parsed) return [parsed.row];
        reject(request.sku, parsed.fault);
        return [];
      });
    },
    count({ created, updated, unchanged }: Counts): void {
      total.created += created;
      total.updated += updated;
      total.unchanged += unchanged;
    },
    summary: (): ImportProductsResponse => ({
      createdCount: total.created,
      updatedCount: total.updated,
      unchangedCount: total.unchanged,
      failedCount: total.failed,
      errors,
    }),
  };
}
