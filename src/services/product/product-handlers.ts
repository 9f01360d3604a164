import {
  CreateProductRequest,
  CreateProductResponse,
  type Product as ProductMessage,
  type ProductServiceImplementation,
} from '../../../gen/tradewind/product/v1/product.ts';
import { currentCall, invalidArgument, maskedFields, type NewId } from '../../chassis/core/index.ts';
import { appendEvents } from '../../chassis/events/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { assertEtag, idempotently, type Database, type Queryable } from '../../chassis/store/index.ts';
import { recordOf } from './commands.ts';
import { fromProductState, productMessage } from './convert.ts';
import {
  DEFAULT_LOW_STOCK_THRESHOLD,
  changeProduct,
  parseIdOfProduct,
  parsePrice,
  parseProductId,
  productNotFound,
  saysTheSame,
  skuTaken,
  type Product,
  type ProductChange,
} from './domain.ts';
import { productCreated, productDeleted, productUpdated } from './events.ts';
import type { ProductRepository } from './product-repository.ts';
import type { StockBell } from './stock-bell.ts';
import { changeThreshold } from './stock-levels.ts';

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
  /** Writes a locked product's change and tells it, with what a new threshold makes of its stock. */
  async function update(tx: Queryable, before: Product, changed: Product): Promise<Product> {
    const [after] = await products.update(tx, [changed]);
    if (after === undefined) throw new Error(`the product ${changed.id} was not locked`);
    const isThresholdNew = changed.lowStockThreshold !== before.lowStockThreshold;
    const levels = isThresholdNew ? await changeThreshold(tx, changed) : [];
    await appendEvents(tx, [productUpdated(before, after), ...levels]);
    return after;
  }

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
          const { lowStockThreshold = DEFAULT_LOW_STOCK_THRESHOLD } = request;
          const wanted = { ...request, id: parseProductId(newId()), price, lowStockThreshold };
          const [product] = await products.insert(tx, [wanted]);
          if (product === undefined) throw skuTaken(request.sku);
          await appendEvents(tx, [productCreated(product)]);
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
        return saysTheSame(product, changed) ? product : update(tx, product, changed);
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
        await appendEvents(tx, [productDeleted(product, await products.delete(tx, id))]);
      });
      return {};
    },
  };
}

/** The paths an update mask may name. */
const CHANGEABLE = [
  ...(['name', 'description', 'category', 'price', 'state', 'imageUri', 'attributes'] as const),
  'lowStockThreshold',
] as const;

function changeOf(wanted: ProductMessage, mask: readonly string[] | undefined): ProductChange {
  const fields = maskedFields({ mask, changes: wanted, fields: CHANGEABLE });
  const { price, state, lowStockThreshold = DEFAULT_LOW_STOCK_THRESHOLD, ...rest } = fields;
  return {
    ...rest,
    ...('price' in fields && { price: parsePrice(price, 'product.price') }),
    ...(state !== undefined && { state: stateOf(state) }),
    ...('lowStockThreshold' in fields && { lowStockThreshold }),
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
