import { format, pointsFor, type NewOrder, type Order } from '../domain.ts';
import type { Decision } from './checkout.ts';

/** What those who take part in a checkout are told. */
export interface OutgoingEvent {
  readonly type: 'checkout.opened' | Decision;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The checkout of an order begins: tradewind.order.v1.CheckoutOpened. */
export function openedEvent(order: NewOrder): OutgoingEvent {
  const { recipient, lines, city, postalCode, region, countryCode } = order.shippingAddress;
  const { currencyCode, units, nanos } = order.total;
  return {
    type: 'checkout.opened',
    payload: {
      order_id: order.id,
      user_id: order.userId,
      total: { currency_code: currencyCode, units: units.toString(), nanos },
      lines: order.lines.map(({ productId, quantity }) => ({ product_id: productId, quantity })),
      shipping_address: { recipient, lines, city, postal_code: postalCode, region, country_code: countryCode },
      payment_method_id: order.paymentMethodId,
    },
  };
}

/** The order has decided: tradewind.order.v1.CheckoutDecided or CheckoutConfirmed. */
export function decisionEvent(type: Decision, order: Order): OutgoingEvent {
  const { id, userId, total, cancellation } = order;
  switch (type) {
    case 'checkout.ready':
      return { type, payload: { order_id: id } };
    case 'checkout.abandoned':
      return { type, payload: { order_id: id, reason: cancellation?.reason ?? '' } };
    case 'checkout.confirmed': {
      const points = String(pointsFor(total));
      return { type, payload: { order_id: id, user_id: userId, total_text: format(total), points } };
    }
  }
}
