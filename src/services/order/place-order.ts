import { PlaceOrderRequest, PlaceOrderResponse } from '../../../gen/tradewind/order/v1/order.ts';
import { ProductState, type Product } from '../../../gen/tradewind/product/v1/product.ts';
import { AppError, currentCall, invalidArgument, newId } from '../../chassis/core/index.ts';
import type { SagaDefinition, SagaEngine, StartedSaga } from '../../chassis/saga/index.ts';
import { assertMayAct } from '../../chassis/security/index.ts';
import { idempotently, previousResponse, type Database } from '../../chassis/store/index.ts';
import type { OrderClients } from './clients.ts';
import { fromProtoAddress, fromProtoMoney, toProtoOrder } from './convert.ts';
import {
  assertEachProductOnce,
  parseOrderId,
  parseUserId,
  priceCart,
  type CatalogueItem,
  type PricedCart,
  type UserId,
} from './domain.ts';
import type { OrderRepository } from './repository.ts';
import { toSagaInput, type OrderSagaInput } from './saga-input.ts';

/** What placing an order needs. */
export interface PlaceOrderDependencies {
  readonly database: Database;
  readonly orders: OrderRepository;
  readonly clients: Pick<OrderClients, 'users' | 'products'>;
  readonly sagas: Pick<SagaEngine, 'start'>;
  readonly checkout: SagaDefinition<OrderSagaInput>;
}

const SCOPE = '/tradewind.order.v1.OrderService/PlaceOrder';

/** PlaceOrder: prices come from the catalogue; order, checkout and the answer under its request_id are one commit. */
export function createPlaceOrder(dependencies: PlaceOrderDependencies) {
  const { database, orders, clients, sagas, checkout } = dependencies;

  async function price(request: PlaceOrderRequest, userId: UserId): Promise<PricedCart> {
    assertEachProductOnce(request.lines);
    const [{ products }] = await Promise.all([
      clients.products.batchGetProducts({ productIds: request.lines.map(({ productId }) => productId) }),
      clients.users.getUser({ userId }).catch(asOurs),
    ]);
    return priceCart({
      cart: request.lines,
      catalogue: products.flatMap(toCatalogueItem),
      currencyCode: request.currencyCode,
      expectedTotal: request.expectedTotal && fromProtoMoney(request.expectedTotal),
    });
  }

  return async (request: PlaceOrderRequest): Promise<PlaceOrderResponse> => {
    const userId = parseUserId(request.userId);
    assertMayAct(currentCall()?.principal, userId);
    const command = {
      scope: SCOPE,
      key: request.requestId,
      request: PlaceOrderRequest.encode({ ...request, requestId: '' }).finish(),
      codec: PlaceOrderResponse,
    };
    const before = await previousResponse(database, command);
    if (before !== undefined) return before;

    const { shippingAddress, paymentMethodId } = request;
    if (shippingAddress === undefined) {
      throw invalidArgument([{ field: 'shipping_address', description: 'is required', reason: 'required' }]);
    }
    const { lines, total } = await price(request, userId);
    let started: StartedSaga | undefined;
    const response = await database.transaction((tx) =>
      idempotently(tx, command, async () => {
        const draft = {
          id: parseOrderId(newId()),
          userId,
          lines,
          total,
          shippingAddress: fromProtoAddress(shippingAddress),
          paymentMethodId,
        };
        const sagaId = newId();
        const order = await orders.insert(tx, { ...draft, sagaId });
        started = await sagas.start(tx, checkout, { id: sagaId, input: toSagaInput(draft), correlationKey: order.id });
        return PlaceOrderResponse.create({ order: toProtoOrder(order) });
      }),
    );
    started?.begin();
    return response;
  };
}

function toCatalogueItem({ id, sku, name, price, state }: Product): readonly CatalogueItem[] {
  if (price === undefined) return []; // the catalogue always says a price
  return [{ id, sku, name, price: fromProtoMoney(price), onSale: state === ProductState.PRODUCT_STATE_ACTIVE }];
}

/** The contract lists USER_NOT_FOUND among the order process's own reasons. */
function asOurs(error: unknown): never {
  if (error instanceof AppError && error.reason === 'USER_NOT_FOUND') {
    const { status, reason, message, details } = error;
    throw new AppError({ status, reason, message, details, cause: error });
  }
  throw error;
}
