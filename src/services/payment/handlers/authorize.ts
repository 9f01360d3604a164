import {
  AuthorizePaymentRequest,
  type AuthorizePaymentResponse,
  type DeepPartial,
} from '../../../../gen/tradewind/payment/v1/payment.ts';
import { currentCall } from '../../../chassis/core/index.ts';
import { assertAdmin } from '../../../chassis/security/index.ts';
import { refuseLateOriginal, type Queryable } from '../../../chassis/store/index.ts';
import type { Plan } from '../commands.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import {
  blocksOrder,
  hasExpired,
  parseAmount,
  parseOrderId,
  parsePaymentMethodId,
  parseUserId,
  type UserId,
} from '../domain.ts';
import { AUTHORIZATION, orderName, requestName } from '../names.ts';
import { methodExpired, methodMissing, methodNotFound, orderHasPayment } from '../refusals.ts';
import type { StoredMethod } from '../rows.ts';

/** AuthorizePayment. */
export function authorizeHandler(dependencies: PaymentDependencies) {
  const { payments, methods, clock, newId, settleAfterMs, run } = dependencies;

  async function cardFor(tx: Queryable, userId: UserId, methodId: string): Promise<StoredMethod> {
    if (methodId === '') {
      const method = await methods.defaultOf(tx, userId);
      if (method === undefined) throw methodMissing();
      return method;
    }
    const method = await methods.get(tx, parsePaymentMethodId(methodId));
    if (method === undefined || method.userId !== userId || method.state !== 'KEPT') throw methodNotFound(methodId);
    return method;
  }

  async function decide(tx: Queryable, request: AuthorizePaymentRequest): Promise<Plan> {
    const orderId = parseOrderId(request.orderId);
    const userId = parseUserId(request.userId);
    const amount = parseAmount(request.amount ?? { currencyCode: '', units: 0n, nanos: 0 });
    const names = [requestName(request.requestId), orderName(orderId)];
    await refuseLateOriginal(tx, { kind: AUTHORIZATION, names, reason: 'AUTHORIZATION_VOIDED' });
    const other = await payments.lockOfOrder(tx, orderId);
    if (other !== undefined && blocksOrder(other.state)) throw orderHasPayment(other);
    const method = await cardFor(tx, userId, request.paymentMethodId);
    if (hasExpired(method, clock.now())) throw methodExpired(method.id);

    const paymentId = newId();
    const operation = newId();
    await payments.insert(tx, {
      id: paymentId,
      orderId,
      userId,
      paymentMethodId: method.id,
      requestId: request.requestId,
      currency: amount.currency,
      amount: amount.minor,
      cardBrand: method.brand,
      cardLast4: method.last4,
    });
    const intent = { id: operation, paymentId, kind: 'AUTHORIZE', minor: amount.minor } as const;
    await payments.insertOperation(tx, { ...intent, reason: '', settleAfterMs });
    return { operation };
  }

  return async (request: AuthorizePaymentRequest): Promise<DeepPartial<AuthorizePaymentResponse>> => {
    assertAdmin(currentCall()?.principal);
    const { payment } = await run({
      method: '/tradewind.payment.v1.PaymentService/AuthorizePayment',
      requestId: request.requestId,
      request: AuthorizePaymentRequest.encode({ ...request, requestId: '' }).finish(),
      decide: (tx) => decide(tx, request),
    });
    return { payment };
  };
}
