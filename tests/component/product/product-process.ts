import { Writable } from 'node:stream';

import { InventoryServiceDefinition } from '../../../gen/tradewind/product/v1/inventory.ts';
import { ProductServiceDefinition, type Product } from '../../../gen/tradewind/product/v1/product.ts';
import { createClientFactory, type ChassisClient } from '../../../src/chassis/client/index.ts';
import type { AppError } from '../../../src/chassis/core/index.ts';
import { startService, type StartOptions } from '../../../src/chassis/lifecycle/index.ts';
import { createStaticRegistry, type Instance } from '../../../src/chassis/registry/index.ts';
import { createDatabase, type Database } from '../../../src/chassis/store/index.ts';
import { productService } from '../../../src/services/product/service.ts';
import { testDatabaseUrl } from '../../support/postgres.ts';

/** Replicas of the product process on a database of their own, and clients that call them over gRPC. */
export interface ProductProcess extends AsyncDisposable {
  readonly products: ChassisClient<typeof ProductServiceDefinition>;
  readonly inventory: ChassisClient<typeof InventoryServiceDefinition>;
  /** The process's own tables, for tests that arrange or look behind the contract. */
  readonly database: Database;
  /** A product with a SKU of its own. */
  create(given?: { readonly name?: string; readonly category?: string; readonly quantity?: number }): Promise<Product>;
  /** Stops the first replica. */
  stopFirst(): Promise<void>;
}

/** Starts it; everything ends with close. */
export async function startProductProcess(
  options: {
    readonly replicas?: number;
    readonly environment?: Readonly<Record<string, string>>;
    readonly authentication?: StartOptions['authentication'];
    /** Processes it can find, such as publishers of events. */
    readonly neighbours?: readonly Instance[];
  } = {},
): Promise<ProductProcess> {
  const url = await testDatabaseUrl();
  const running = await Promise.all(
    Array.from({ length: options.replicas ?? 1 }, () =>
      startService(
        productService,
        {
          DATABASE_URL: url.reveal(),
          PAGE_TOKEN_SECRET: 'of the test',
          SHUTDOWN_GRACE_MS: '0',
          RESERVATION_SWEEP_MS: '50',
          ...options.environment,
        },
        {
          ...(options.authentication && { authentication: options.authentication }),
          registry: createStaticRegistry(options.neighbours ?? []),
          logTo: new Writable({ write: (_line, _encoding, done) => done() }),
        },
      ),
    ),
  );
  const clients = createClientFactory({ from: 'test', deadline: { defaultTimeoutMs: 20_000 } });
  const target = `static:///${running.map(({ grpc }) => grpc).join(',')}`;
  const products = clients.client(ProductServiceDefinition, target);
  const database = createDatabase({ url, applicationName: 'test', maxConnections: 3 });
  let made = 0;
  return {
    products,
    inventory: clients.client(InventoryServiceDefinition, target),
    database,
    async create({ name = 'Thing', category = 'things', quantity = 0 } = {}) {
      made += 1;
      const { product } = await products.createProduct({
        sku: `THING-${made}`,
        name,
        category,
        price: { currencyCode: 'EUR', units: 10n },
        initialQuantity: quantity,
      });
      if (product === undefined) throw new Error('no product came back');
      return product;
    },
    async stopFirst() {
      await running[0]?.stop();
    },
    async [Symbol.asyncDispose]() {
      await clients.close();
      await database.close();
      await Promise.all(running.map((service) => service.stop()));
    },
  };
}

/** What a call fails with; fails itself when the call succeeds. */
export async function failureOf(call: Promise<unknown>): Promise<AppError> {
  return call.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error: AppError) => error, // what our clients throw
  );
}

/** The fields that a failure says are wrong. */
export function violatedFields(error: AppError): readonly string[] {
  return error.details.flatMap((detail) =>
    detail.kind === 'badRequest' ? detail.violations.map(({ field }) => field) : [],
  );
}
