import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc';

import { InventoryServiceDefinition } from '../../../gen/tradewind/product/v1/inventory.ts';
import { ProductServiceDefinition } from '../../../gen/tradewind/product/v1/product.ts';
import { loadContract } from '../../../src/chassis/contract/index.ts';
import { startProductProcess, type ProductProcess } from './product-process.ts';

let process: ProductProcess;
beforeAll(async () => {
  // The token is the role.
  const authentication = () => async (role: string) => ({ userId: 'somebody', roles: [role] });
  process = await startProductProcess({ authentication });
});
afterAll(async () => process[Symbol.asyncDispose]());

type AnyMethod = (request: unknown, options: { readonly metadata: Metadata }) => unknown;

/** Calls any RPC with the emptiest request of its kind and says how it ended. */
async function call(path: string, role: string): Promise<string> {
  const [, service = '', method = ''] = path.split('/');
  const client = service === InventoryServiceDefinition.fullName ? process.inventory : process.products;
  const name = `${method.charAt(0).toLowerCase()}${method.slice(1)}`;
  const invoke = (client as unknown as Record<string, AnyMethod>)[name]; // every RPC of the contract has its method
  const request = VALID[method] ?? {};
  const metadata = Metadata({ authorization: `Bearer ${role}` });
  const isStream = method === 'ImportProducts';
  const answer = invoke?.(isStream ? (async function* () {})() : request, { metadata });
  const ending =
    method === 'WatchStock'
      ? (async () => {
          for await (const _change of answer as AsyncIterable<unknown>) return;
        })()
      : (answer as Promise<unknown>);
  return ending.then(
    () => 'OK',
    (error: { readonly reason: string }) => error.reason,
  );
}

const nowhere = '0190a0a0-0000-7000-8000-000000000000';
const command = { requestId: 'access', reservationId: nowhere };

/** What passes validation, so that only the caller's role can be in the way. */
const VALID: Readonly<Record<string, unknown>> = {
  CreateProduct: { sku: 'ACCESS', name: 'n', category: 'c', price: { currencyCode: 'EUR', units: 1n } },
  GetProduct: { productId: nowhere },
  BatchGetProducts: { productIds: [nowhere] },
  UpdateProduct: { product: { id: nowhere, name: 'n' } },
  DeleteProduct: { productId: nowhere },
  GetStock: { productId: nowhere },
  AdjustStock: { requestId: 'access', productId: nowhere, delta: 1, reason: 1 },
  ReserveStock: { ...command, lines: [{ productId: nowhere, quantity: 1 }] },
  CommitReservation: command,
  ReleaseReservation: command,
  ReturnStock: { ...command, lines: [{ productId: nowhere, quantity: 1 }] },
  GetReservation: { reservationId: nowhere },
  ListRecommendations: { productId: nowhere },
  WatchStock: { afterPosition: 1_000_000n },
};

describe('the product process', () => {
  it('lets customers call what the contract makes public and nothing else, administrators everything', async () => {
    const contract = await loadContract();
    const services: readonly string[] = [ProductServiceDefinition.fullName, InventoryServiceDefinition.fullName];
    const methods = contract.methods.filter(({ service }) => services.includes(service));
    expect(methods).toHaveLength(18);
    for (const { path, access } of methods) {
      const asCustomer = await call(path, 'customer');
      if (access === 'public') expect([path, asCustomer]).not.toEqual([path, 'ACCESS_DENIED']);
      else expect([path, asCustomer]).toEqual([path, 'ACCESS_DENIED']);
      expect([path, await call(path, 'admin')]).not.toEqual([path, 'ACCESS_DENIED']);
    }
  });
});
