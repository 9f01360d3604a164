import {
  CapturePaymentRequest,
  type CapturePaymentResponse,
  type DeepPartial,
} from '../../../../gen/tradewind/payment/v1/payment.ts';
import { currentCall } from '../../../chassis/core/index.ts';
import { assertAdmin } from '../../../chassis/security/index.ts';
import type { Queryable } from '../../../chassis/store/index.ts';
import type { Plan } from '../commands.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import {
  captureAmount,
  parseAmount,
  parsePaymentId,
  stateConflict,
  transition,
  type Amount,
  type PaymentId,
} from '../domain.ts';
import { paymentNotFound } from '../refusals.ts';

/** CapturePayment. */
export function captureHandler({ payments, writer, newId, settleAfterMs, run }: PaymentDependencies) {
  async function decide(tx: Queryable, id: PaymentId, asked: Amount | undefined): Promise<Plan> {
    const payment = await payments.lock(tx, id);
    if (payment === undefined) throw paymentNotFound(id);

    if (payment.state === 'CAPTURING') {
      const unanswered = await payments.pendingOperation(tx, id, 'CAPTURE');
      // The same capture under another name waits for the same answer; another amount does not fit any more.
      if (unanswered?.minor === captureAmount(payment, asked)) return { operation: unanswered.id };
      throw stateConflict(payment, 'captured');
    }
    const { payment: capturing } = transition(payment, { type: 'capture-requested' });
    const minor = captureAmount(payment, asked);
    await payments.update(tx, { ...payment, ...capturing });
    const operation = newId();
    await payments.insertOperation(tx, {
      id: operation,
      paymentId: id,
      kind: 'CAPTURE',
      minor,
      reason: '',
      settleAfterMs,
    });
    return { operation };
  }

  return async (request: CapturePaymentRequest): Promise<DeepPartial<CapturePaymentResponse>> => {
    assertAdmin(currentCall()?.principal);
    const paymentId = parsePaymentId(request.paymentId);
    const amount = request.amount && parseAmount(request.amount);
    const { payment } = await run({
      method: '/tradewind.payment.v1.PaymentService/CapturePayment',
      requestId: request.requestId,
      request: CapturePaymentRequest.encode({ ...request, requestId: '' }).finish(),
      plan: (key) => writer.planCapture({ key, paymentId, amount }),
      decide: (tx) => decide(tx, paymentId, amount),
    });
    return { payment };
  };
}
