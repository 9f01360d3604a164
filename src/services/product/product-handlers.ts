import {
  CreateProductRequest,
  CreateProductResponse,
  type Product as ProductMessage,
  type ProductServiceImplementation,
} from '../../../gen/tradewind/product/v1/product.ts';
import { currentCall, invalidArgument, maskedFields, type NewId } from '../../chassis/core/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { assertEtag, idempotently, type Database } from '../../chassis/store/index.ts';
import { recordOf } from './commands.ts';
import { fromProductState, productMessage } from './convert.ts';
import {
  changeProduct,
  parseIdOfProduct,
  parsePrice,
  parseProductId,
  productNotFound,
  saysTheSame,
  skuTaken,
  type ProductChange,
} from './domain.ts';
import type { ProductRepository } from './product-repository.ts';
import type { StockBell } from './stock-bell.ts';

/** What the handlers of single products work with. */
export interface ProductHandlerDependencies {
  readonly database: Database;
  readonly products: ProductRepository;
  readonly bell: StockBell;
  readonly newId: NewId;
}

/** The part of ProductService that is about single products. */
export type ProductHandlers = Pick<
  ProductServiceImplementation,
  'createProduct' | 'getProduct' | 'batchGetProducts' | 'updateProduct' | 'deleteProduct'
>;

/** Proto to domain and back. */
export function createProductHandlers({
  database,
  products,
  bell,
  newId,
}: ProductHandlerDependencies): ProductHandlers {
  return {
    async createProduct(request) {
      assertAdmin(currentCall()?.principal);
      const price = parsePrice(request.price, 'price');
      const command = recordOf({
        path: '/tradewind.product.v1.ProductService/CreateProduct',
        request,
        requestCodec: CreateProductRequest,
        responseCodec: CreateProductResponse,
      });
      const response = await database.transaction((tx) =>
        idempotently(tx, command, async () => {
          const [product] = await products.insert(tx, [{ ...request, id: parseProductId(newId()), price }]);
          if (product === undefined) throw skuTaken(request.sku);
          return { product: productMessage(product) };
        }),
      );
      bell.ring();
      return response;
    },

    async getProduct(request) {
      const id = parseProductId(request.productId);
      const [product] = await products.get([id]);
      if (product === undefined) throw productNotFound(id);
      return { product: productMessage(product) };
    },

    async batchGetProducts(request) {
      const asked = request.productIds.map((text) => ({ text, id: parseProductId(text) }));
      const found = new Map((await products.get(asked.map(({ id }) => id))).map((product) => [product.id, product]));
      return {
        products: asked.flatMap(({ id }) => found.get(id) ?? []).map(productMessage),
        missingProductIds: asked.filter(({ id }) => !found.has(id)).map(({ text }) => text),
      };
    },

    async updateProduct(request) {
      assertAdmin(currentCall()?.principal);
      const { product: wanted } = request;
      if (wanted === undefined) throw invalidArgument([{ field: 'product', description: 'is required' }]);
      const id = parseIdOfProduct(wanted.id);
      const change = changeOf(wanted, request.updateMask);
      const updated = await database.transaction(async (tx) => {
        const product = await products.lock(tx, id);
        if (product === undefined || product === 'deleted') throw productNotFound(id);
        assertEtag(wanted.etag, product.version);
        const changed = changeProduct(product, change);
        if (saysTheSame(product, changed)) return product;
        const [written] = await products.update(tx, [changed]);
        return written ?? changed;
      });
      return { product: productMessage(updated) };
    },

    async deleteProduct(request) {
      assertAdmin(currentCall()?.principal);
      const id = parseProductId(request.productId);
      await database.transaction(async (tx) => {
        const product = await products.lock(tx, id);
        if (product === undefined) throw productNotFound(id);
        if (product === 'deleted') return;
        assertEtag(request.etag, product.version);
        await products.delete(tx, id);
      });
      return {};
    },
  };
}

/** The paths an update mask may name. */
const CHANGEABLE = ['name', 'description', 'category', 'price', 'state', 'imageUri', 'attributes'] as const;

function changeOf(wanted: ProductMessage, mask: readonly string[] | undefined): ProductChange {
  const fields = maskedFields({ mask, changes: wanted, fields: CHANGEABLE });
  const { price, state, ...rest } = fields;
  return {
    ...rest,
    ...('price' in fields && { price: parsePrice(price, 'product.price') }),
    ...(state !== undefined && { state: stateOf(state) }),
  };
}

function stateOf(state: ProductMessage['state']) {
  const named = fromProductState(state);
  if (named === undefined) {
    throw invalidArgument([
      { field: 'product.state', description: 'must be ACTIVE or DISCONTINUED', reason: 'enum.in' },
    ]);
  }
  return named;
}
