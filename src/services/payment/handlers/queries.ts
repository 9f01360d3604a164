import type { PaymentServiceImplementation } from '../../../../gen/tradewind/payment/v1/payment.ts';
import { currentCall } from '../../../chassis/core/index.ts';
import { assertAdmin, assertMayAct, ownerToList } from '../../../chassis/security/index.ts';
import { pageSize, toPage } from '../../../chassis/store/index.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { parseOrderId, parsePaymentId, parseUserId } from '../domain.ts';
import { paymentNotFound } from '../refusals.ts';
import { paymentMessage, stateFilter, transactionMessage } from '../wire.ts';

type Queries = Pick<PaymentServiceImplementation, 'getPayment' | 'listPayments' | 'listTransactions'>;

/** GetPayment, ListPayments, ListTransactions. */
export function queryHandlers({ database, payments, pageTokens }: PaymentDependencies): Queries {
  return {
    async getPayment({ paymentId }) {
      const id = parsePaymentId(paymentId);
      const payment = await payments.get(database, id);
      if (payment === undefined) throw paymentNotFound(id);
      assertMayAct(currentCall()?.principal, payment.userId);
      return { payment: paymentMessage(payment, await payments.refundsOf(database, [id])) };
    },

    async listPayments(request) {
      const owner = ownerToList(currentCall()?.principal, request.userId);
      const userId = owner === undefined ? undefined : parseUserId(owner);
      const orderId = request.orderId === '' ? undefined : parseOrderId(request.orderId);
      const query = { method: 'ListPayments', userId, orderId, state: request.state };
      const size = pageSize(request.pageSize);
      const [after] = pageTokens.decode(request.pageToken, query) ?? [];
      const filter = { userId, orderId, state: stateFilter(request.state) };
      const rows = await payments.list(database, filter, { after, limit: size + 1 });
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor: ({ id }) => [id] });
      const refunds = await payments.refundsOf(
        database,
        page.rows.filter(({ captured }) => captured > 0n).map(({ id }) => id),
      );
      const messages = page.rows.map((payment) =>
        paymentMessage(
          payment,
          refunds.filter(({ paymentId }) => paymentId === payment.id),
        ),
      );
      return { payments: messages, nextPageToken: page.nextPageToken };
    },

    async listTransactions(request) {
      assertAdmin(currentCall()?.principal);
      const paymentId = request.paymentId === '' ? undefined : parsePaymentId(request.paymentId);
      const { startTime: start, endTime: end } = request;
      const query = { method: 'ListTransactions', paymentId, start: start?.getTime(), end: end?.getTime() };
      const size = pageSize(request.pageSize);
      const [after] = pageTokens.decode(request.pageToken, query) ?? [];
      if (paymentId !== undefined && (await payments.get(database, paymentId)) === undefined) {
        throw paymentNotFound(paymentId);
      }
      const filter = { paymentId, start, end };
      const rows = await payments.listTransactions(database, filter, { after, limit: size + 1 });
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor: ({ id }) => [id] });
      return { transactions: page.rows.map(transactionMessage), nextPageToken: page.nextPageToken };
    },
  };
}
