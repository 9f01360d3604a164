import type { NewEvent } from '../../chassis/events/index.ts';
import { dueTotal, quantityLeft, type Address, type Money, type Order, type OrderEvent } from './domain.ts';
import { ORDER_EVENTS } from './events.ts';
import type { NewOrder } from './rows.ts';

/** The events of an order's history that others hear of too: it entered a state, or lost some of its lines. */
export function toldOutside(events: readonly OrderEvent[]): readonly OrderEvent[] {
  return events.filter(({ kind }) => kind === 'STATE_CHANGED' || kind === 'LINES_CANCELLED');
}

/** What the outbox says of them, in the trace of their cause; `eventCount`: how many of the order's events are in the outbox with these. */
export function toOutbox(
  order: Order,
  events: readonly OrderEvent[],
  { eventCount, cause }: { readonly eventCount: bigint; readonly cause?: string | undefined },
): readonly NewEvent[] {
  const told = toldOutside(events);
  const before = eventCount - BigInt(told.length);
  return told.map((event, index) => ({
    aggregateType: 'order',
    aggregateId: order.id,
    sequence: before + BigInt(index) + 1n,
    ...announce(order, event),
    cause,
  }));
}

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

/** The type of the event, and its message of proto/tradewind/order/v1/events.proto as JSON. */
function announce(order: Order, event: OrderEvent): Pick<NewEvent, 'type' | 'payload'> {
  const bought = { ...whatWasBought(order, event.position), reason: event.reason };
  const { message } = event;
  if (event.kind === 'LINES_CANCELLED') {
    const { lines = [], amount } = event.taken ?? {};
    return {
      type: ORDER_EVENTS.linesCancelled.type,
      payload: {
        ...bought,
        message,
        due_total: moneyJson(dueTotal(order)),
        cancelled_lines: lines.map(({ productId, quantity }) => ({ product_id: productId, quantity })),
        ...(amount && { cancelled_amount: moneyJson(amount) }),
      },
    };
  }
  switch (event.state) {
    case 'PENDING':
      throw new Error('an order enters PENDING once, with placedEvent');
    case 'CONFIRMED':
      return {
        type: ORDER_EVENTS.confirmed.type,
        payload: {
          ...bought,
          ...whereItGoes(order),
          due_total: moneyJson(dueTotal(order)),
          reservation_id: order.reservationId ?? '',
          payment_id: order.paymentId ?? '',
          shipment_id: order.shipmentId ?? '',
        },
      };
    case 'CANCELLING':
      return { type: ORDER_EVENTS.cancelling.type, payload: { ...bought, message } };
    case 'CANCELLED': {
      const payload = { ...bought, message, was_confirmed: order.confirmTime !== undefined };
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
