import type { Address, CartLine, Money, Order } from './domain.ts';

/** What the sagas of an order know of it from the start, as JSON carries it. */
export interface OrderSagaInput {
  readonly orderId: string;
  readonly userId: string;
  readonly lines: readonly CartLine[];
  readonly total: { readonly currencyCode: string; readonly units: string; readonly nanos: number };
  readonly address: Address;
  readonly paymentMethodId: string;
}

/** What the steps of a checkout answer, by step. */
export interface CheckoutOutputs {
  readonly 'reserve-stock': { readonly reservationId: string };
  readonly 'authorize-payment': { readonly paymentId?: string };
  readonly 'arrange-shipment': { readonly shipmentId: string };
  readonly 'award-points': { readonly points: string };
}

/** Writes the input of an order's saga. */
export function toSagaInput(
  order: Pick<Order, 'id' | 'userId' | 'lines' | 'total' | 'shippingAddress' | 'paymentMethodId'>,
): OrderSagaInput {
  return {
    orderId: order.id,
    userId: order.userId,
    lines: order.lines.map(({ productId, quantity }) => ({ productId, quantity })),
    total: { ...order.total, units: order.total.units.toString() },
    address: order.shippingAddress,
    paymentMethodId: order.paymentMethodId,
  };
}

/** The total that the input carries. */
export function totalOf({ total }: OrderSagaInput): Money {
  return { ...total, units: BigInt(total.units) };
}
