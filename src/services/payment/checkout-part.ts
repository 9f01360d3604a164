import type { CheckoutOpened } from '../../../gen/tradewind/order/v1/events.ts';
import { hear, toRefusal, type Part, type PartState } from '../../chassis/choreography/index.ts';
import type { AppError } from '../../chassis/core/index.ts';
import { ORDER_EVENTS } from './consumers/order-events.ts';
import { PRODUCT_EVENTS } from './consumers/product-events.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { authorizeHandler } from './handlers/authorize.ts';
import { captureHandler } from './handlers/capture.ts';
import { voidHandler } from './handlers/void.ts';

/** What the payment process does in a checkout that events carry on. */
export type PaymentStep = 'authorize-payment' | 'void-payment' | 'capture-payment';

/** What it needs to know of the order. */
interface PaymentBrief {
  readonly [kept: string]: unknown;
  readonly userId: string;
  readonly paymentMethodId: string;
  /** As JSON has it; undefined: the order costs nothing. */
  readonly amount: { readonly currencyCode: string; readonly units: string; readonly nanos: number } | undefined;
  /** Once it is authorized; empty where there is nothing to pay. */
  readonly paymentId: string;
}

const UNDO_REASON = 'the checkout was given up';

/** Money is held once stock is, taken once the order has decided that nothing is missing, and let go when the order is given up. */
export function nextPaymentStep({ heard, said }: PartState<PaymentStep>): PaymentStep | undefined {
  if (heard.has('checkout.abandoned')) return said['void-payment'] === undefined ? 'void-payment' : undefined;
  if (heard.has('checkout.ready')) return said['capture-payment'] === undefined ? 'capture-payment' : undefined;
  const mayBegin = heard.has('checkout.opened') && heard.has('checkout-stock.held');
  return mayBegin && said['authorize-payment'] === undefined ? 'authorize-payment' : undefined;
}

/** The payment's part in a checkout without a saga: AuthorizePayment, CapturePayment and VoidPayment, done when events say so. */
export function paymentPart(
  dependencies: PaymentDependencies,
  { undoAttempts }: { readonly undoAttempts: number },
): Part<PaymentStep, PaymentBrief> {
  const authorize = authorizeHandler(dependencies);
  const capture = captureHandler(dependencies);
  const letGo = voidHandler(dependencies);
  return {
    name: 'checkout-payment',
    hears: {
      order: [
        hear(ORDER_EVENTS.checkoutOpened, briefOf),
        hear(ORDER_EVENTS.checkoutReady),
        hear(ORDER_EVENTS.checkoutAbandoned),
      ],
      product: [hear(PRODUCT_EVENTS.checkoutHeld)],
    },
    next: nextPaymentStep,
    steps: {
      'authorize-payment': {
        async run({ key: requestId, subject: orderId, brief: { userId = '', paymentMethodId = '', amount: asked } }) {
          if (asked === undefined) return moved('checkout-payment.authorized', orderId, '');
          const amount = { ...asked, units: BigInt(asked.units) };
          const { payment } = await authorize({ requestId, orderId, userId, paymentMethodId, amount });
          return moved('checkout-payment.authorized', orderId, payment?.id ?? '');
        },
        refused: (refusal, orderId) => refused('checkout-payment.refused', orderId, refusal),
      },
      'capture-payment': {
        async run({ key: requestId, subject: orderId, brief: { paymentId = '' } }) {
          if (paymentId !== '') await capture({ requestId, paymentId, amount: undefined });
          return moved('checkout-payment.captured', orderId, paymentId);
        },
        refused: (refusal, orderId) => refused('checkout-payment.capture-refused', orderId, refusal),
      },
      'void-payment': {
        maxAttempts: undoAttempts,
        async run({ key: requestId, subject: orderId }) {
          const target = { $case: 'authorizeRequestId', value: `${orderId}/authorize-payment` } as const;
          const { payment } = await letGo({ requestId, target, reason: UNDO_REASON });
          return moved('checkout-payment.voided', orderId, payment?.id ?? '');
        },
      },
    },
  };
}

function briefOf({ userId, paymentMethodId, total }: CheckoutOpened) {
  const isNothing = total === undefined || (total.units === 0n && total.nanos === 0);
  return { userId, paymentMethodId, ...(!isNothing && { amount: { ...total, units: String(total.units) } }) };
}

function moved(type: string, orderId: string, paymentId: string) {
  return { type, payload: { order_id: orderId, payment_id: paymentId }, keep: { paymentId } };
}

function refused(type: string, orderId: string, refusal: AppError) {
  return { type, payload: { order_id: orderId, refusal: toRefusal(refusal, 'payment') } };
}
