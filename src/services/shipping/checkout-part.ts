import type { CheckoutOpened } from '../../../gen/tradewind/order/v1/events.ts';
import { ServiceLevel } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { hear, toRefusal, type Part, type PartState } from '../../chassis/choreography/index.ts';
import { ORDER_EVENTS } from './consumers/order-events.ts';
import { PAYMENT_EVENTS } from './consumers/payment-events.ts';
import type { ShippingDependencies } from './dependencies.ts';
import { arrangeHandler } from './handlers/arrange.ts';
import { cancelHandler } from './handlers/cancel.ts';

/** What the shipping process does in a checkout that events carry on. */
export type ShipmentStep = 'arrange-shipment' | 'cancel-shipment';

/** What it needs to know of the order. */
type ShipmentBrief = Pick<CheckoutOpened, 'userId' | 'lines' | 'shippingAddress'> & {
  readonly [kept: string]: unknown;
};

const UNDO_REASON = 'the checkout was given up';

/** A parcel is arranged once the money is held, and called off when the order is given up. */
export function nextShipmentStep({ heard, said }: PartState<ShipmentStep>): ShipmentStep | undefined {
  if (heard.has('checkout.abandoned')) return said['cancel-shipment'] === undefined ? 'cancel-shipment' : undefined;
  const mayBegin = heard.has('checkout.opened') && heard.has('checkout-payment.authorized');
  return mayBegin && said['arrange-shipment'] === undefined ? 'arrange-shipment' : undefined;
}

/** The shipment's part in a checkout without a saga: ArrangeShipment and CancelShipment, done when events say so. */
export function shipmentPart(
  dependencies: ShippingDependencies,
  { undoAttempts }: { readonly undoAttempts: number },
): Part<ShipmentStep, ShipmentBrief> {
  const arrange = arrangeHandler(dependencies);
  const cancel = cancelHandler(dependencies);
  return {
    name: 'checkout-shipment',
    hears: {
      order: [
        hear(ORDER_EVENTS.checkoutOpened, ({ userId, lines, shippingAddress }) => ({ userId, lines, shippingAddress })),
        hear(ORDER_EVENTS.checkoutAbandoned),
      ],
      payment: [hear(PAYMENT_EVENTS.checkoutAuthorized)],
    },
    next: nextShipmentStep,
    steps: {
      'arrange-shipment': {
        async run({ key: requestId, subject: orderId, brief: { userId = '', lines = [], shippingAddress: address } }) {
          const serviceLevel = ServiceLevel.SERVICE_LEVEL_STANDARD;
          const items = lines.map((line) => ({ ...line, weightGrams: 0 })); // 0: the carrier weighs them
          const { shipment } = await arrange({ requestId, orderId, userId, address, items, serviceLevel });
          return moved('checkout-shipment.arranged', orderId, shipment?.id ?? '');
        },
        refused: (refusal, orderId) => ({
          type: 'checkout-shipment.refused',
          payload: { order_id: orderId, refusal: toRefusal(refusal, 'shipping') },
        }),
      },
      'cancel-shipment': {
        maxAttempts: undoAttempts,
        async run({ key: requestId, subject: orderId }) {
          const target = { $case: 'arrangeRequestId', value: `${orderId}/arrange-shipment` } as const;
          const { shipment } = await cancel({ requestId, target, reason: UNDO_REASON });
          return moved('checkout-shipment.cancelled', orderId, shipment?.id ?? '');
        },
      },
    },
  };
}

function moved(type: string, orderId: string, shipmentId: string) {
  return { type, payload: { order_id: orderId, shipment_id: shipmentId } };
}
