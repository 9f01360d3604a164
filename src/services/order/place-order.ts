import { PlaceOrderRequest, PlaceOrderResponse } from '../../../gen/tradewind/order/v1/order.ts';
import { ProductState, type Product } from '../../../gen/tradewind/product/v1/product.ts';
import { AppError, type Clock, currentCall, describeCall, invalidArgument, newId } from '../../chassis/core/index.ts';
import { createParticipant, type FastForm } from '../../chassis/participant/index.ts';
import type { SagaDefinition, SagaEngine, SagaStart, StartedSaga } from '../../chassis/saga/index.ts';
import { assertMayAct } from '../../chassis/security/index.ts';
import { previousResponse, type Database } from '../../chassis/store/index.ts';
import type { CheckoutStore } from './choreography/index.ts';
import type { OrderClients } from './clients.ts';
import { fromProtoAddress, fromProtoMoney, toProtoOrder } from './convert.ts';
import {
  assertEachProductOnce,
  evolve,
  parseOrderId,
  parseUserId,
  placeOrder,
  priceCart,
  type CatalogueItem,
  type NewOrder,
  type PricedCart,
  type UserId,
} from './domain.ts';
import type { OrderRepository } from './repository.ts';
import { placedEvent } from './outbox.ts';
import { toSagaInput, type OrderSagaInput } from './saga-input.ts';

/** What moves an order from its placing on. */
export const CHECKOUT_STYLES = ['orchestration', 'choreography'] as const;

/** One of them; an order keeps the style that it was placed with. */
export type CheckoutStyle = (typeof CHECKOUT_STYLES)[number];

/** What placing an order needs. */
export interface PlaceOrderDependencies {
  readonly database: Database;
  readonly orders: OrderRepository;
  readonly clients: Pick<OrderClients, 'users' | 'products'>;
  readonly sagas: Pick<SagaEngine, 'draft' | 'start'>;
  readonly checkout: SagaDefinition<OrderSagaInput>;
  readonly checkouts: Pick<CheckoutStore, 'open' | 'placeMany' | 'draft'>;
  /** What moves new orders: a saga, or events alone. */
  readonly checkoutStyle: CheckoutStyle;
  readonly clock: Clock;
}

const SCOPE = '/tradewind.order.v1.OrderService/PlaceOrder';

/** PlaceOrder: prices come from the catalogue; order, checkout and the answer under its request_id are one commit. */
export function createPlaceOrder(dependencies: PlaceOrderDependencies) {
  const { database, orders, clients, sagas, checkout, checkouts, checkoutStyle, clock } = dependencies;

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

  const response: FastForm<Placement, PlaceOrderResponse>['response'] = (_placement, outcome) =>
    toResponse(outcome as PlacedOutcome); // as the statements build it

  /** What both ways of placing many orders at once need to know of each. */
  function placedBody(order: NewOrder) {
    const placed = evolve(undefined, placeOrder(order), NO_TIME);
    const answer = PlaceOrderResponse.create({ order: toProtoOrder(placed) });
    return {
      order_id: order.id,
      stream: orders.draft(order),
      announcement: placedEvent(order).payload,
      response: Buffer.from(PlaceOrderResponse.encode(answer).finish()).toString('base64'),
    };
  }

  const byManySagas: FastForm<Placement, PlaceOrderResponse> = {
    effect: orders.placeMany,
    body({ order, saga, started }) {
      if (saga === undefined) throw new Error('this statement starts sagas');
      const draft = sagas.draft(checkout, saga);
      started.saga = draft;
      return { ...placedBody(order), saga_id: saga.id, saga: JSON.parse(draft.json) as unknown };
    },
    response,
  };

  const byEvents: FastForm<Placement, PlaceOrderResponse> = {
    effect: checkouts.placeMany,
    body: ({ order }) => ({ ...placedBody(order), ...checkouts.draft(order) }),
    response,
  };

  const place = createParticipant<Placement, Placement, PlaceOrderResponse>(
    {
      method: SCOPE,
      request: { encode: ({ request }) => PlaceOrderRequest.encode({ ...request, requestId: '' }) },
      response: PlaceOrderResponse,
      parse: (placement) => placement,
      async handle(tx, { order, saga, started }) {
        const placed = await orders.insert(tx, order); // and its event
        if (saga === undefined) await checkouts.open(tx, order);
        else started.saga = await sagas.start(tx, checkout, saga);
        return { response: PlaceOrderResponse.create({ order: toProtoOrder(placed) }), events: [] };
      },
      fast: checkoutStyle === 'orchestration' ? byManySagas : byEvents,
    },
    { database, clock, newId },
  );

  return async (request: PlaceOrderRequest): Promise<PlaceOrderResponse> => {
    const userId = parseUserId(request.userId);
    assertMayAct(currentCall()?.principal, userId);
    const before = await previousResponse(database, {
      scope: SCOPE,
      key: request.requestId,
      request: PlaceOrderRequest.encode({ ...request, requestId: '' }).finish(),
      codec: PlaceOrderResponse,
      rebuild: (outcome) => toResponse(outcome as PlacedOutcome), // as the statement builds it
    });
    if (before !== undefined) return before;

    const { shippingAddress, paymentMethodId, requestId } = request;
    if (shippingAddress === undefined) {
      throw invalidArgument([{ field: 'shipping_address', description: 'is required', reason: 'required' }]);
    }
    const { lines, total } = await price(request, userId);
    const id = parseOrderId(newId());
    describeCall({ orderId: id });
    const bought = { id, userId, lines, total, shippingAddress: fromProtoAddress(shippingAddress), paymentMethodId };
    const saga =
      checkoutStyle === 'orchestration' ? { id: newId(), input: toSagaInput(bought), correlationKey: id } : undefined;
    const started: Placement['started'] = { saga: undefined };
    const order = { ...bought, sagaId: saga?.id ?? id };
    const response = await place({ requestId, request, order, saga, started });
    if (response.order?.id === id) started.saga?.begin(); // otherwise the same request had been answered before
    return response;
  };
}

/** A request whose prices are known, and what comes of it. */
interface Placement {
  readonly requestId: string;
  readonly request: PlaceOrderRequest;
  readonly order: NewOrder;
  /** Undefined: events carry it on, and its saga_id is its own id, which no saga has. */
  readonly saga: (SagaStart<OrderSagaInput> & { readonly id: string }) | undefined;
  /** The checkout as it was written, to be begun once that is committed. */
  readonly started: { saga: StartedSaga | undefined };
}

/** What an order's times are until the database says. */
const NO_TIME = new Date(0);

/** What place-orders.sql keeps of an answer: all but its time, which is the database's. */
interface PlacedOutcome {
  readonly response: string;
  readonly time: string;
}

function toResponse({ response, time }: PlacedOutcome): PlaceOrderResponse {
  const { order } = PlaceOrderResponse.decode(Buffer.from(response, 'base64'));
  const times = { createTime: new Date(time), updateTime: new Date(time) };
  return PlaceOrderResponse.create({ order: order && { ...order, ...times } });
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
