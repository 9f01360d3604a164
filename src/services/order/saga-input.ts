import type { Address, CartLine, LineCancellationPlan, Money, Order } from './domain.ts';
import { moneyFrom, moneyJson, type MoneyJson } from './money-json.ts';

/** What the sagas of an order know of it from the start, as JSON carries it. */
export interface OrderSagaInput {
  readonly orderId: string;
  readonly userId: string;
  readonly lines: readonly CartLine[];
  readonly total: MoneyJson;
  readonly address: Address;
  readonly paymentMethodId: string;
}

/** What the cancellation of an order knows; `total` is what was still due. */
export type CancellationInput = OrderSagaInput & { readonly paymentId: string | undefined };

/** What a partial cancellation knows from the start, as JSON carries it. */
export interface LineCancellationInput {
  readonly orderId: string;
  readonly userId: string;
  /** What is taken out. */
  readonly lines: readonly CartLine[];
  /** What that cost. */
  readonly amount: MoneyJson;
  /** What the order costs without it. */
  readonly total: MoneyJson;
  /** How many points too many it has then. */
  readonly points: string;
  readonly paymentId: string | undefined;
  readonly shipmentId: string | undefined;
}

/** What the steps of a checkout answer, by step. */
export interface CheckoutOutputs {
  readonly 'reserve-stock': { readonly reservationId: string };
  readonly 'authorize-payment': { readonly paymentId?: string };
  readonly 'arrange-shipment': { readonly shipmentId: string };
  readonly 'award-points': { readonly points: string };
}

/** What the steps of a partial cancellation answer, by step. */
export interface LineCancellationOutputs {
  readonly 'revoke-points': { readonly points: string };
}

/** Writes the input of an order's saga. */
export function toSagaInput(
  order: Pick<Order, 'id' | 'userId' | 'lines' | 'total' | 'shippingAddress' | 'paymentMethodId'>,
): OrderSagaInput {
  return {
    orderId: order.id,
    userId: order.userId,
    lines: order.lines.map(({ productId, quantity }) => ({ productId, quantity })),
    total: moneyJson(order.total),
    address: order.shippingAddress,
    paymentMethodId: order.paymentMethodId,
  };
}

/** Writes the input of a partial cancellation. */
export function toLineCancellationInput(
  order: Order,
  lines: readonly CartLine[],
  plan: LineCancellationPlan,
): LineCancellationInput {
  return {
    orderId: order.id,
    userId: order.userId,
    lines,
    amount: moneyJson(plan.amount),
    total: moneyJson(plan.dueTotal),
    points: String(plan.points),
    paymentId: order.paymentId,
    shipmentId: order.shipmentId,
  };
}

/** The total that the input carries. */
export function totalOf({ total }: Pick<OrderSagaInput, 'total'>): Money {
  return moneyFrom(total);
}
