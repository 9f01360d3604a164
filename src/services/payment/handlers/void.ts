import {
  VoidPaymentRequest,
  type DeepPartial,
  type VoidPaymentResponse,
} from '../../../../gen/tradewind/payment/v1/payment.ts';
import { currentCall, describeCall } from '../../../chassis/core/index.ts';
import { assertAdmin } from '../../../chassis/security/index.ts';
import { undoOrTombstone, type Queryable } from '../../../chassis/store/index.ts';
import { paymentJson } from '../answer.ts';
import type { Plan } from '../commands.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { blocksOrder, parseOrderId, parsePaymentId, transition } from '../domain.ts';
import { AUTHORIZATION, orderName, requestName } from '../names.ts';
import { paymentNotFound } from '../refusals.ts';
import type { StoredPayment } from '../rows.ts';
import { paymentMessage } from '../wire.ts';

/** VoidPayment. */
export function voidHandler({ payments, newId, settleAfterMs, run }: PaymentDependencies) {
  async function undo(tx: Queryable, payment: StoredPayment, reason: string): Promise<Plan> {
    if (!blocksOrder(payment.state)) return { ok: paymentJson(paymentMessage(payment, [])) };
    if (payment.state === 'VOIDING') {
      const unanswered = await payments.pendingOperation(tx, payment.id, 'VOID');
      if (unanswered !== undefined) return { operation: unanswered.id };
    }
    const { payment: voiding } = transition(payment, { type: 'void-requested' });
    await payments.update(tx, { ...payment, ...voiding });
    const operation = newId();
    const intent = { id: operation, paymentId: payment.id, kind: 'VOID', minor: payment.amount } as const;
    await payments.insertOperation(tx, { ...intent, reason, settleAfterMs });
    return { operation };
  }

  async function decide(tx: Queryable, { target, reason }: VoidPaymentRequest): Promise<Plan> {
    if (target?.$case === 'paymentId') {
      const id = parsePaymentId(target.value);
      const payment = await payments.lock(tx, id);
      if (payment === undefined) throw paymentNotFound(id);
      return undo(tx, payment, reason);
    }
    const named = byName(target);
    return undoOrTombstone<StoredPayment, Plan>(
      tx,
      { kind: AUTHORIZATION, names: [named.name] },
      {
        find: () => named.find(tx),
        undo: (payment) => undo(tx, payment, reason),
        neverHappened: () => ({ ok: null }),
      },
    );
  }

  function byName(target: Exclude<VoidPaymentRequest['target'], { $case: 'paymentId' }>) {
    if (target?.$case === 'authorizeRequestId') {
      const requestId = target.value;
      return { name: requestName(requestId), find: (tx: Queryable) => payments.lockOfRequest(tx, requestId) };
    }
    const orderId = parseOrderId(target?.value ?? '');
    describeCall({ orderId });
    return { name: orderName(orderId), find: (tx: Queryable) => payments.lockOfOrder(tx, orderId) };
  }

  return async (request: VoidPaymentRequest): Promise<DeepPartial<VoidPaymentResponse>> => {
    assertAdmin(currentCall()?.principal);
    const { payment } = await run({
      method: '/tradewind.payment.v1.PaymentService/VoidPayment',
      requestId: request.requestId,
      request: VoidPaymentRequest.encode({ ...request, requestId: '' }).finish(),
      decide: (tx) => decide(tx, request),
      // A refusal takes its tombstone back with it, so nothing of it can be kept.
      remembers: () => false,
    });
    return { payment };
  };
}
