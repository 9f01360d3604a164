import {
  AuthorizePaymentRequest,
  type AuthorizePaymentResponse,
  type DeepPartial,
} from '../../../../gen/tradewind/payment/v1/payment.ts';
import { currentCall, describeCall } from '../../../chassis/core/index.ts';
import { assertAdmin } from '../../../chassis/security/index.ts';
import { refuseLateOriginal, type Queryable } from '../../../chassis/store/index.ts';
import type { Plan } from '../commands.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { blocksOrder, hasExpired, parseAmount, parseOrderId, parsePaymentMethodId, parseUserId } from '../domain.ts';
import { AUTHORIZATION, orderName, requestName } from '../names.ts';
import { methodExpired, methodMissing, methodNotFound, orderHasPayment } from '../refusals.ts';
import type { StoredMethod } from '../rows.ts';
import type { AuthorizationPlan } from '../writer.ts';

type Authorization = Omit<AuthorizationPlan, 'key'>;

/** AuthorizePayment. */
export function authorizeHandler(dependencies: PaymentDependencies) {
  const { payments, methods, writer, clock, newId, settleAfterMs, run } = dependencies;

  async function cardFor(tx: Queryable, { userId, paymentMethodId: id }: Authorization): Promise<StoredMethod> {
    if (id === undefined) {
      const method = await methods.defaultOf(tx, userId);
      if (method === undefined) throw methodMissing();
      return method;
    }
    const method = await methods.get(tx, id);
    if (method === undefined || method.userId !== userId || method.state !== 'KEPT') throw methodNotFound(id);
    return method;
  }

  async function decide(tx: Queryable, requestId: string, wanted: Authorization): Promise<Plan> {
    const { orderId, userId, amount } = wanted;
    const names = [requestName(requestId), orderName(orderId)];
    await refuseLateOriginal(tx, { kind: AUTHORIZATION, names, reason: 'AUTHORIZATION_VOIDED' });
    const other = await payments.lockOfOrder(tx, orderId);
    if (other !== undefined && blocksOrder(other.state)) throw orderHasPayment(other);
    const method = await cardFor(tx, wanted);
    if (hasExpired(method, clock.now())) throw methodExpired(method.id);

    const paymentId = newId();
    const operation = newId();
    await payments.insert(tx, {
      id: paymentId,
      orderId,
      userId,
      paymentMethodId: method.id,
      requestId,
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
    const wanted = authorizationFrom(request);
    describeCall({ orderId: wanted.orderId });
    const { payment } = await run({
      method: '/tradewind.payment.v1.PaymentService/AuthorizePayment',
      requestId: request.requestId,
      request: AuthorizePaymentRequest.encode({ ...request, requestId: '' }).finish(),
      plan: (key) => writer.planAuthorization({ key, ...wanted }),
      decide: (tx) => decide(tx, request.requestId, wanted),
    });
    return { payment };
  };
}

/** Throws INVALID_ARGUMENT. */
function authorizationFrom({ orderId, userId, paymentMethodId, amount }: AuthorizePaymentRequest): Authorization {
  return {
    orderId: parseOrderId(orderId),
    userId: parseUserId(userId),
    paymentMethodId: paymentMethodId === '' ? undefined : parsePaymentMethodId(paymentMethodId),
    amount: parseAmount(amount ?? { currencyCode: '', units: 0n, nanos: 0 }),
  };
}
