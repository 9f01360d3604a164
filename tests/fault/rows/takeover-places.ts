import type { CheckoutStyle } from '../../../src/services/order/place-order.ts';

/** An instance, and where it goes away in the middle of many orders. */
export interface Place {
  readonly process: string;
  readonly point: string;
}

/** Where instances die and freeze, and how one sees that one of them is at work again. */
export interface Places {
  readonly deaths: readonly Place[];
  readonly freezes: readonly Place[];
  /** Passed by the instance at every order, or at some of them: it serves. */
  serves(place: Place): string;
}

const atOrder = (point: string): Place => ({ process: 'order', point });

/** A saga is moved by the order process alone: it dies after it asked for something, and after it was answered. */
const ORCHESTRATION: Places = {
  deaths: [
    atOrder('client/before/tradewind.product.v1.InventoryService/ReserveStock'),
    atOrder('client/after/tradewind.payment.v1.PaymentService/AuthorizePayment'),
    atOrder('client/after/tradewind.shipping.v1.ShippingService/ArrangeShipment'),
    atOrder('client/before/tradewind.payment.v1.PaymentService/CapturePayment'),
    atOrder('client/after/tradewind.payment.v1.PaymentService/CapturePayment'),
    atOrder('client/after/tradewind.product.v1.InventoryService/CommitReservation'),
  ],
  freezes: [atOrder('client/before/tradewind.payment.v1.PaymentService/CapturePayment')],
  serves: () => 'server/before/tradewind.order.v1.OrderService/PlaceOrder',
};

/** By events alone everybody does his own part: before a step, after it with its outcome not written down, and the order in the middle of deciding. */
const CHOREOGRAPHY: Places = {
  deaths: [
    { process: 'product', point: 'part/before/reserve-stock' },
    { process: 'payment', point: 'part/after/capture-payment' },
    { process: 'shipping', point: 'part/after/arrange-shipment' },
    atOrder('database/after/save-checkouts'),
    { process: 'payment', point: 'part/before/authorize-payment' },
    { process: 'product', point: 'part/after/commit-stock' },
  ],
  freezes: [{ process: 'payment', point: 'part/before/capture-payment' }, atOrder('database/after/save-checkouts')],
  serves: ({ point }) => point,
};

/** By style. */
export const TAKEOVER_PLACES: Readonly<Record<CheckoutStyle, Places>> = {
  orchestration: ORCHESTRATION,
  choreography: CHOREOGRAPHY,
};
