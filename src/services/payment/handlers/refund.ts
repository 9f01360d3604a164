import {
  RefundPaymentRequest,
  type DeepPartial,
  type RefundPaymentResponse,
} from '../../../../gen/tradewind/payment/v1/payment.ts';
import { currentCall } from '../../../chassis/core/index.ts';
import { assertAdmin } from '../../../chassis/security/index.ts';
import type { Queryable } from '../../../chassis/store/index.ts';
import type { Plan } from '../commands.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { assertAllowed, parseAmount, parsePaymentId, refundAmount, transition } from '../domain.ts';
import { paymentNotFound } from '../refusals.ts';

/** RefundPayment. */
export function refundHandler({ payments, newId, settleAfterMs, run }: PaymentDependencies) {
  async function decide(tx: Queryable, request: RefundPaymentRequest): Promise<Plan> {
    const id = parsePaymentId(request.paymentId);
    const asked = request.amount && parseAmount(request.amount);
    const payment = await payments.lock(tx, id);
    if (payment === undefined) throw paymentNotFound(id);
    assertAllowed(payment, 'refund-requested');
    const minor = refundAmount(payment, asked);
    await payments.update(tx, { ...payment, ...transition(payment, { type: 'refund-requested', minor }).payment });
    const operation = newId();
    const intent = { id: operation, paymentId: id, kind: 'REFUND', minor } as const;
    await payments.insertOperation(tx, { ...intent, reason: request.reason, settleAfterMs });
    return { operation };
  }

  return async (request: RefundPaymentRequest): Promise<DeepPartial<RefundPaymentResponse>> => {
    assertAdmin(currentCall()?.principal);
    const { payment, operation } = await run({
      method: '/tradewind.payment.v1.PaymentService/RefundPayment',
      requestId: request.requestId,
      request: RefundPaymentRequest.encode({ ...request, requestId: '' }).finish(),
      decide: (tx) => decide(tx, request),
    });
    return { payment, refund: payment?.refunds.find(({ id }) => id === operation) };
  };
}
