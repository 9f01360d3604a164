import {
  AddPaymentMethodRequest,
  PaymentMethod,
  type Card,
  type PaymentServiceImplementation,
} from '../../../../gen/tradewind/payment/v1/payment.ts';
import { currentCall } from '../../../chassis/core/index.ts';
import { runOutbound } from '../../../chassis/outbound/index.ts';
import { assertMayAct } from '../../../chassis/security/index.ts';
import { pageSize, toPage, type Queryable } from '../../../chassis/store/index.ts';
import type { CardReply, Cards } from '../cards.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { assertUsable, MAX_CARDS, parsePaymentMethodId, parseUserId, type PaymentMethodId } from '../domain.ts';
import { methodNotFound, tooManyCards } from '../refusals.ts';
import { methodMessage } from '../wire.ts';

type Methods = Pick<PaymentServiceImplementation, 'addPaymentMethod' | 'listPaymentMethods' | 'deletePaymentMethod'>;

/** AddPaymentMethod, ListPaymentMethods, DeletePaymentMethod. */
export function methodHandlers(dependencies: PaymentDependencies & { readonly cards: Cards }): Methods {
  const { database, methods, provider, cards, pageTokens, clock, newId, settleAfterMs } = dependencies;

  /** The card's place is written down before the provider is shown the card: a lost reply can be settled by its key. */
  async function begin(tx: Queryable, request: AddPaymentMethodRequest, card: Card) {
    assertUsable(card, clock.now());
    const userId = parseUserId(request.userId);
    await methods.lockCardsOf(tx, userId);
    if ((await methods.count(tx, userId)) >= MAX_CARDS) throw tooManyCards(userId, MAX_CARDS);
    const id = parsePaymentMethodId(newId());
    const { expiryMonth, expiryYear, holderName } = card;
    const details = { expiryMonth, expiryYear, holderName, makeDefault: request.makeDefault };
    await methods.insert(tx, { id, userId, ...details, settleAfterMs });
    return { operation: id };
  }

  async function settle(id: PaymentMethodId, card: Card): Promise<CardReply> {
    const method = await methods.get(database, id);
    if (method === undefined) throw new Error(`the payment method ${id} is gone`);
    if (method.answer !== undefined) return method.answer as CardReply; // written by cards.ts alone
    return cards.record(id, await provider.tokenize({ key: method.key, card }));
  }

  return {
    async addPaymentMethod(request) {
      assertMayAct(currentCall()?.principal, request.userId);
      const card = request.card ?? { number: '', cvc: '', expiryMonth: 0, expiryYear: 0, holderName: '' };
      const { result } = await runOutbound(database, {
        method: '/tradewind.payment.v1.PaymentService/AddPaymentMethod',
        requestId: request.requestId,
        request: AddPaymentMethodRequest.encode(withoutSecrets(request, card)).finish(),
        decide: (tx) => begin(tx, request, card),
        settle: (id) => settle(parsePaymentMethodId(id), card),
      });
      return { paymentMethod: PaymentMethod.fromJSON(result) };
    },

    async listPaymentMethods(request) {
      const userId = parseUserId(request.userId);
      assertMayAct(currentCall()?.principal, userId);
      const query = { method: 'ListPaymentMethods', userId };
      const size = pageSize(request.pageSize);
      const [after] = pageTokens.decode(request.pageToken, query) ?? [];
      const rows = await methods.list(database, userId, { after, limit: size + 1 });
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor: ({ id }) => [id] });
      return { paymentMethods: page.rows.map(methodMessage), nextPageToken: page.nextPageToken };
    },

    async deletePaymentMethod({ paymentMethodId }) {
      const id = parsePaymentMethodId(paymentMethodId);
      const deleted = await database.transaction(async (tx) => {
        const found = await methods.get(tx, id);
        if (found === undefined || (found.state !== 'KEPT' && found.state !== 'DELETED')) throw methodNotFound(id);
        assertMayAct(currentCall()?.principal, found.userId);
        await methods.lockCardsOf(tx, found.userId);
        const method = (await methods.lock(tx, id)) ?? found;
        if (method.state === 'KEPT') await methods.delete(tx, method, settleAfterMs);
        return method;
      });
      if (!deleted.forgotten) await cards.forget(deleted);
      return {};
    },
  };
}

/** What makes two requests the same; the number and the security code are not part of it, nor of any hash. */
function withoutSecrets(request: AddPaymentMethodRequest, card: Card): AddPaymentMethodRequest {
  return { ...request, requestId: '', card: { ...card, number: '', cvc: '' } };
}
