import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { PaymentState, TransactionKind } from '../../../gen/tradewind/payment/v1/payment.ts';
import { cardThat, euros, failure, startHarness, type Harness } from './harness.ts';

let h: Harness;
beforeAll(async () => (h = await startHarness({ timeoutMs: 5_000 })));
afterAll(() => h.close());

const id = () => crypto.randomUUID();

async function pay(userId: string, units: number) {
  return (await h.client.authorizePayment({ requestId: id(), orderId: id(), userId, amount: euros(units) })).payment!;
}

describe('ListPayments', () => {
  it('shows every payment of a user once, newest first, page by page, with its refunds', async () => {
    const { userId } = await h.userWithCard();
    const made: string[] = [];
    for (let units = 1; units <= 5; units += 1) made.push((await pay(userId, units)).id);
    await h.client.capturePayment({ requestId: id(), paymentId: made[2]! });
    const { payment } = await h.client.refundPayment({ requestId: id(), paymentId: made[2]!, amount: euros(1) });
    const seen = [];
    let pageToken = '';
    do {
      const page = await h.client.listPayments({ userId, pageSize: 2, pageToken });
      expect(page.payments.length).toBeLessThanOrEqual(2);
      seen.push(...page.payments);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen.map((each) => each.id)).toEqual(made.toReversed());
    expect(seen[2]).toEqual(payment);
  });

  it('filters by order and by state', async () => {
    const { userId } = await h.userWithCard();
    const first = await pay(userId, 1);
    const second = await pay(userId, 2);
    await h.client.voidPayment({ requestId: id(), target: { $case: 'paymentId', value: second.id } });
    const ids = async (filter: object) =>
      (await h.client.listPayments({ userId, ...filter })).payments.map((p) => p.id);
    expect(await ids({ orderId: first.orderId })).toEqual([first.id]);
    expect(await ids({ state: PaymentState.PAYMENT_STATE_VOIDED })).toEqual([second.id]);
    expect(await ids({ state: PaymentState.PAYMENT_STATE_CAPTURED })).toEqual([]);
  });

  it('refuses a page token of another request, and one that was changed', async () => {
    const { userId } = await h.userWithCard();
    await pay(userId, 1);
    await pay(userId, 2);
    const { nextPageToken } = await h.client.listPayments({ userId, pageSize: 1 });
    for (const request of [
      { userId: id(), pageToken: nextPageToken },
      { userId, pageToken: `${nextPageToken.slice(0, -2)}AA` },
    ]) {
      expect(await failure(h.client.listPayments(request))).toMatchObject({
        status: 'INVALID_ARGUMENT',
        reason: 'PAGE_TOKEN_INVALID',
      });
    }
  });
});

describe('ListPaymentMethods', () => {
  it('pages', async () => {
    const userId = id();
    for (let count = 0; count < 3; count += 1) {
      await h.client.addPaymentMethod({ requestId: id(), userId, card: cardThat('approve') });
    }
    const first = await h.client.listPaymentMethods({ userId, pageSize: 2 });
    const second = await h.client.listPaymentMethods({ userId, pageSize: 2, pageToken: first.nextPageToken });
    expect([first.paymentMethods.length, second.paymentMethods.length, second.nextPageToken]).toEqual([2, 1, '']);
  });
});

describe('ListTransactions', () => {
  it('shows a payment oldest first, page by page, and a range of time by its ends', async () => {
    const { userId } = await h.userWithCard();
    const { id: paymentId } = await pay(userId, 7);
    await h.client.capturePayment({ requestId: id(), paymentId });
    const first = await h.client.listTransactions({ paymentId, pageSize: 2 });
    const second = await h.client.listTransactions({ paymentId, pageSize: 2, pageToken: first.nextPageToken });
    expect([...first.transactions, ...second.transactions].map(({ kind }) => kind)).toEqual([
      TransactionKind.TRANSACTION_KIND_AUTHORIZATION,
      TransactionKind.TRANSACTION_KIND_RELEASE,
      TransactionKind.TRANSACTION_KIND_CAPTURE,
    ]);
    const middle = second.transactions[0]!.createTime;
    const before = await h.client.listTransactions({ paymentId, endTime: middle });
    expect(before.transactions.map(({ kind }) => kind)).toEqual([TransactionKind.TRANSACTION_KIND_AUTHORIZATION]);
    const since = await h.client.listTransactions({ paymentId, startTime: middle });
    expect(since.transactions).toHaveLength(2);
    expect((await h.client.listTransactions({})).transactions.length).toBeGreaterThanOrEqual(3);
  });

  it('knows no unknown payment', async () => {
    expect(await failure(h.client.listTransactions({ paymentId: id() }))).toMatchObject({
      status: 'NOT_FOUND',
      reason: 'PAYMENT_NOT_FOUND',
    });
  });
});

describe('the tables', () => {
  const run = (text: string, parameters: readonly unknown[] = []) =>
    h.database.execute({ name: 'wrong', text }, parameters);

  it('refuse what must not be', async () => {
    const { userId } = await h.userWithCard();
    const { id: paymentId, orderId } = await pay(userId, 9);
    await h.client.capturePayment({ requestId: id(), paymentId });
    const copy = (kind: string, debit: string, credit: string, amount: number) =>
      run(
        `INSERT INTO ledger_transaction (id, payment_id, order_id, kind, debit_account, credit_account, currency, amount,
          provider_reference, reconciled) VALUES ($1, $2, $3, $4, $5, $6, 'EUR', $7, 'x', false)`,
        [id(), paymentId, orderId, kind, debit, credit, amount],
      );
    await expect(copy('CAPTURE', 'PROVIDER_RECEIVABLE', 'SALES', 900)).rejects.toThrow(/ledger_transaction_once/);
    await expect(copy('REFUND', 'SALES', 'REFUNDS', 1)).rejects.toThrow(/check/);
    await expect(copy('REFUND', 'REFUNDS', 'PROVIDER_RECEIVABLE', 0)).rejects.toThrow(/check/);
    await expect(run('UPDATE ledger_transaction SET amount = 1')).rejects.toThrow(/never changed/);
    await expect(run('DELETE FROM ledger_transaction')).rejects.toThrow(/never changed/);
    await expect(run('TRUNCATE ledger_transaction')).rejects.toThrow(/never changed/);
    await expect(run('UPDATE payment SET refunded = 901 WHERE id = $1', [paymentId])).rejects.toThrow(/check/);
    await expect(run(`UPDATE payment SET state = 'AUTHORIZED' WHERE id = $1`, [paymentId])).rejects.toThrow(/check/);
    await expect(
      run(
        `INSERT INTO payment (id, order_id, user_id, payment_method_id, authorize_request_id, state, currency, amount,
          card_brand, card_last4) SELECT $2::uuid, order_id, user_id, payment_method_id, $2::uuid::text, 'AUTHORIZING', 'EUR', 1,
          'visa', '4242' FROM payment WHERE id = $1`,
        [paymentId, id()],
      ),
    ).rejects.toThrow(/payment_one_live_per_order/);
    await expect(
      run(
        `INSERT INTO provider_operation (id, payment_id, kind, state, provider_key, amount, next_attempt_time)
          VALUES ($2::uuid, $1, 'CAPTURE', 'PENDING', $2::uuid::text, 1, now())`,
        [paymentId, id()],
      ),
    ).rejects.toThrow(/provider_operation_one_capture/);
  });
});
