import type { PaymentServiceImplementation } from '../../../gen/tradewind/payment/v1/payment.ts';
import type { Cards } from './cards.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { authorizeHandler } from './handlers/authorize.ts';
import { captureHandler } from './handlers/capture.ts';
import { methodHandlers } from './handlers/methods.ts';
import { queryHandlers } from './handlers/queries.ts';
import { reconcileHandlers, type ReconcileDependencies } from './handlers/reconcile.ts';
import { refundHandler } from './handlers/refund.ts';
import { voidHandler } from './handlers/void.ts';

/** PaymentService: proto to domain and back, one file for each kind of call. */
export function createPaymentHandlers(
  dependencies: PaymentDependencies & ReconcileDependencies & { readonly cards: Cards },
): PaymentServiceImplementation {
  return {
    authorizePayment: authorizeHandler(dependencies),
    capturePayment: captureHandler(dependencies),
    voidPayment: voidHandler(dependencies),
    refundPayment: refundHandler(dependencies),
    ...queryHandlers(dependencies),
    ...reconcileHandlers(dependencies),
    ...methodHandlers(dependencies),
  };
}
