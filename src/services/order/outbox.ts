import type { NewEvent } from '../../chassis/events/index.ts';
import {
  dueTotal,
  quantityLeft,
  type Address,
  type Money,
  type NewOrder,
  type Order,
  type OrderEvent,
} from './domain.ts';
import { ORDER_EVENTS } from './events.ts';

/** What the outbox says of an order's placing. */
export function placedEvent(order: NewOrder): NewEvent {
  return {
    aggregateType: 'order',
    aggregateId: order.id,
    sequence: 1n,
    type: ORDER_EVENTS.placed.type,
    payload: { ...whatWasBought(order, 1n), ...whereItGoes(order) },
  };
}

/** What the outbox says of another event that others hear of (isToldOutside); `order`: as it was after the event. */
export function announce(order: Order, event: OrderEvent): NewEvent {
  return { aggregateType: 'order', aggregateId: order.id, sequence: order.toldOutside, ...message(order, event) };
}

/** The type of the event, and its message of proto/tradewind/order/v1/events.proto as JSON. */
function message(order: Order, event: OrderEvent): Pick<NewEvent, 'type' | 'payload'> {
  const bought = { ...whatWasBought(order, event.position), reason: event.reason };
  const why = { message: event.message };
  if (event.kind === 'LINES_CANCELLED') {
    const cancelled = {
      cancelled_lines: event.lines.map(({ productId, quantity }) => ({ product_id: productId, quantity })),
      cancelled_amount: moneyJson(event.amount),
    };
    const payload = { ...bought, ...why, due_total: moneyJson(dueTotal(order)), ...cancelled };
    return { type: ORDER_EVENTS.linesCancelled.type, payload };
  }
  switch (event.state) {
    case 'PENDING':
      throw new Error('an order enters PENDING once, with placedEvent');
    case 'CONFIRMED': {
      const payload = {
        ...bought,
        ...whereItGoes(order),
        due_total: moneyJson(dueTotal(order)),
        reservation_id: order.reservationId ?? '',
        payment_id: order.paymentId ?? '',
        shipment_id: order.shipmentId ?? '',
      };
      return { type: ORDER_EVENTS.confirmed.type, payload };
    }
    case 'CANCELLING':
      return { type: ORDER_EVENTS.cancelling.type, payload: { ...bought, ...why } };
    case 'CANCELLED': {
      const payload = { ...bought, ...why, was_confirmed: order.confirmTime !== undefined };
      return { type: ORDER_EVENTS.cancelled.type, payload };
    }
  }
}

function whatWasBought(order: NewOrder & Partial<Pick<Order, 'reduction'>>, position: bigint) {
  return {
    order_id: order.id,
    user_id: order.userId,
    currency_code: order.total.currencyCode,
    total_units: order.total.units.toString(),
    total_nanos: order.total.nanos,
    total: moneyJson(order.total),
    position: position.toString(),
    lines: order.lines.map((line) => ({
      product_id: line.productId,
      sku: line.sku,
      name: line.name,
      quantity: line.quantity,
      unit_price: moneyJson(line.unitPrice),
      line_total: moneyJson(line.lineTotal),
      cancelled_quantity: line.quantity - quantityLeft(line, { reduction: order.reduction }),
    })),
  };
}

function whereItGoes({ shippingAddress, paymentMethodId }: NewOrder) {
  return { shipping_address: addressJson(shippingAddress), payment_method_id: paymentMethodId };
}

function addressJson({ recipient, lines, city, postalCode, region, countryCode }: Address) {
  return { recipient, lines, city, postal_code: postalCode, region, country_code: countryCode };
}

function moneyJson({ currencyCode, units, nanos }: Money) {
  return { currency_code: currencyCode, units: units.toString(), nanos };
}
