import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import {
  EntrySide,
  LedgerAccount,
  PaymentState,
  RefundState,
  TransactionKind,
  type Payment,
} from '../../../gen/tradewind/payment/v1/payment.ts';
import { euros, failure, startHarness, type Harness } from './harness.ts';

let h: Harness;
beforeAll(async () => (h = await startHarness({ timeoutMs: 5_000 })));
afterAll(() => h.close());

const id = () => crypto.randomUUID();

async function authorized(
  behaviour: Parameters<Harness['userWithCard']>[0] = 'approve',
  amount = euros(20),
): Promise<Payment> {
  const { userId } = await h.userWithCard(behaviour);
  const { payment } = await h.client.authorizePayment({ requestId: id(), orderId: id(), userId, amount });
  return payment!;
}

async function captured(behaviour: Parameters<Harness['userWithCard']>[0] = 'approve'): Promise<Payment> {
  const { id: paymentId } = await authorized(behaviour);
  return (await h.client.capturePayment({ requestId: id(), paymentId })).payment!;
}

describe('a payment', () => {
  it('is held, taken and given back, and provider and ledger agree', async () => {
    const { userId, paymentMethod } = await h.userWithCard();
    const orderId = id();
    const { payment: held } = await h.client.authorizePayment({
      requestId: id(),
      orderId,
      userId,
      amount: euros(19, 99),
    });
    expect(held).toMatchObject({
      orderId,
      userId,
      paymentMethodId: paymentMethod.id,
      state: PaymentState.PAYMENT_STATE_AUTHORIZED,
      amount: euros(19, 99),
      capturedAmount: euros(0),
      cardBrand: 'visa',
      cardLast4: '4242',
      providerReference: expect.stringMatching(/^auth_/),
      authorizationExpireTime: expect.any(Date),
    });
    expect(await h.witness(orderId)).toMatchObject({ held: 1999, captures: 0 });

    const paymentId = held!.id;
    const { payment: taken } = await h.client.capturePayment({ requestId: id(), paymentId });
    expect(taken).toMatchObject({ state: PaymentState.PAYMENT_STATE_CAPTURED, capturedAmount: euros(19, 99) });
    expect(await h.witness(orderId)).toMatchObject({ held: 0, captured: 1999, captures: 1 });

    const { payment: back, refund } = await h.client.refundPayment({ requestId: id(), paymentId, reason: 'broken' });
    expect(back).toMatchObject({ state: PaymentState.PAYMENT_STATE_REFUNDED, refundedAmount: euros(19, 99) });
    expect(refund).toMatchObject({
      state: RefundState.REFUND_STATE_SUCCEEDED,
      amount: euros(19, 99),
      reason: 'broken',
      providerReference: expect.stringMatching(/^re_/),
    });
    expect(await h.witness(orderId)).toMatchObject({ captured: 1999, refunded: 1999, refunds: 1 });
    expect((await h.client.getPayment({ paymentId })).payment).toEqual(back);

    const { transactions } = await h.client.listTransactions({ paymentId });
    expect(transactions.map(({ kind }) => kind)).toEqual([
      TransactionKind.TRANSACTION_KIND_AUTHORIZATION,
      TransactionKind.TRANSACTION_KIND_RELEASE,
      TransactionKind.TRANSACTION_KIND_CAPTURE,
      TransactionKind.TRANSACTION_KIND_REFUND,
    ]);
    expect(transactions[3]).toMatchObject({
      orderId,
      reconciled: false,
      providerReference: refund!.providerReference,
      lines: [
        { account: LedgerAccount.LEDGER_ACCOUNT_REFUNDS, side: EntrySide.ENTRY_SIDE_DEBIT, amount: euros(19, 99) },
        {
          account: LedgerAccount.LEDGER_ACCOUNT_PROVIDER_RECEIVABLE,
          side: EntrySide.ENTRY_SIDE_CREDIT,
          amount: euros(19, 99),
        },
      ],
    });
  });

  it('is declined with the code, stays declined under its request_id, and leaves the order free for another card', async () => {
    const { userId } = await h.userWithCard('insufficient_funds');
    const request = { requestId: id(), orderId: id(), userId, amount: euros(5) };
    const error = await failure(h.client.authorizePayment(request));
    expect(error).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'PAYMENT_DECLINED',
      domain: 'payment.tradewind',
      metadata: { decline_code: 'insufficient_funds', payment_id: expect.any(String) },
    });
    expect(await failure(h.client.authorizePayment(request))).toMatchObject({
      reason: 'PAYMENT_DECLINED',
      metadata: error.metadata,
    });
    const { payment } = await h.client.getPayment({ paymentId: error.metadata['payment_id']! });
    expect(payment).toMatchObject({ state: PaymentState.PAYMENT_STATE_DECLINED, declineCode: 'insufficient_funds' });

    const other = await h.client.addPaymentMethod({
      requestId: id(),
      userId,
      card: { ...visa(), number: '5555555555554444' },
    });
    const again = { ...request, requestId: id(), paymentMethodId: other.paymentMethod!.id };
    expect((await h.client.authorizePayment(again)).payment?.state).toBe(PaymentState.PAYMENT_STATE_AUTHORIZED);
  });

  it('can be captured in part, once, and the rest of the hold is released', async () => {
    const { id: paymentId, orderId } = await authorized('approve', euros(20));
    expect(await failure(h.client.capturePayment({ requestId: id(), paymentId, amount: euros(21) }))).toMatchObject({
      reason: 'AMOUNT_EXCEEDS_PAYMENT',
    });
    const { payment } = await h.client.capturePayment({ requestId: id(), paymentId, amount: euros(15) });
    expect(payment?.capturedAmount).toEqual(euros(15));
    expect(await failure(h.client.capturePayment({ requestId: id(), paymentId }))).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'PAYMENT_STATE_CONFLICT',
      metadata: { state: 'CAPTURED' },
    });
    expect(await h.witness(orderId)).toMatchObject({ held: 0, captured: 1500, captures: 1 });
  });

  it('is AUTHORIZED again when its capture is refused, and can still be voided', async () => {
    const { id: paymentId } = await authorized('capture_declined');
    const request = { requestId: id(), paymentId };
    const error = await failure(h.client.capturePayment(request));
    expect(error).toMatchObject({ reason: 'CAPTURE_REFUSED', metadata: { state: 'AUTHORIZED' } });
    expect(await failure(h.client.capturePayment(request))).toMatchObject({ reason: 'CAPTURE_REFUSED' });
    const { payment } = await h.client.voidPayment({
      requestId: id(),
      target: { $case: 'paymentId', value: paymentId },
    });
    expect(payment?.state).toBe(PaymentState.PAYMENT_STATE_VOIDED);
  });

  it('is EXPIRED when the hold is gone at the capture', async () => {
    const { id: paymentId, orderId } = await authorized('authorization_expires');
    const error = await failure(h.client.capturePayment({ requestId: id(), paymentId }));
    expect(error).toMatchObject({ reason: expect.stringMatching(/^(CAPTURE_REFUSED|PAYMENT_STATE_CONFLICT)$/) });
    expect(error.metadata).toMatchObject({ state: 'EXPIRED' });
    expect(await h.witness(orderId)).toMatchObject({ held: 0, captured: 0 });
  });

  it('goes back in parts, never beyond what was taken', async () => {
    const { id: paymentId, orderId } = await captured();
    const part = await h.client.refundPayment({ requestId: id(), paymentId, amount: euros(5) });
    expect(part.payment).toMatchObject({
      state: PaymentState.PAYMENT_STATE_PARTIALLY_REFUNDED,
      refundedAmount: euros(5),
    });
    expect(await failure(h.client.refundPayment({ requestId: id(), paymentId, amount: euros(15, 1) }))).toMatchObject({
      reason: 'AMOUNT_EXCEEDS_PAYMENT',
    });
    const rest = await h.client.refundPayment({ requestId: id(), paymentId });
    expect(rest.refund?.amount).toEqual(euros(15));
    expect(rest.payment?.state).toBe(PaymentState.PAYMENT_STATE_REFUNDED);
    expect(rest.payment?.refunds.map(({ amount }) => amount)).toEqual([euros(5), euros(15)]);
    expect(await failure(h.client.refundPayment({ requestId: id(), paymentId }))).toMatchObject({
      reason: 'PAYMENT_STATE_CONFLICT',
      metadata: { state: 'REFUNDED' },
    });
    expect(await h.witness(orderId)).toMatchObject({ refunded: 2000, refunds: 2 });
  });

  it('keeps the amount refundable when the provider refuses a refund', async () => {
    const { id: paymentId } = await captured('refund_declined');
    expect(await failure(h.client.refundPayment({ requestId: id(), paymentId }))).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'REFUND_REFUSED',
    });
    const { payment } = await h.client.getPayment({ paymentId });
    expect(payment).toMatchObject({
      state: PaymentState.PAYMENT_STATE_CAPTURED,
      refundedAmount: euros(0),
      refunds: [{ state: RefundState.REFUND_STATE_FAILED }],
    });
  });

  it('blocks its order for another payment', async () => {
    const { orderId, userId } = await authorized();
    const error = await failure(h.client.authorizePayment({ requestId: id(), orderId, userId, amount: euros(1) }));
    expect(error).toMatchObject({ status: 'ALREADY_EXISTS', reason: 'ORDER_HAS_PAYMENT' });
  });
});

describe('VoidPayment', () => {
  const voidBy = (target: { $case: 'authorizeRequestId' | 'orderId' | 'paymentId'; value: string }) =>
    h.client.voidPayment({ requestId: id(), target });

  it('releases the hold, and is OK again on what is voided', async () => {
    const { id: paymentId, orderId } = await authorized();
    for (const target of [
      { $case: 'orderId', value: orderId },
      { $case: 'paymentId', value: paymentId },
    ] as const) {
      const { payment } = await voidBy(target);
      expect(payment).toMatchObject({ id: paymentId, state: PaymentState.PAYMENT_STATE_VOIDED });
    }
    expect(await h.witness(orderId)).toMatchObject({ held: 0, captured: 0 });
    const { transactions } = await h.client.listTransactions({ paymentId });
    expect(transactions.map(({ kind }) => kind)).toEqual([
      TransactionKind.TRANSACTION_KIND_AUTHORIZATION,
      TransactionKind.TRANSACTION_KIND_RELEASE,
    ]);
  });

  it.each(['authorizeRequestId', 'orderId'] as const)(
    'accepts by %s what never happened, and the late original is refused',
    async ($case) => {
      const { userId } = await h.userWithCard();
      const late = { requestId: `saga-${id()}/authorize`, orderId: id(), userId, amount: euros(3) };
      const value = $case === 'orderId' ? late.orderId : late.requestId;
      expect(await voidBy({ $case, value })).toEqual({ payment: undefined });
      for (let repeat = 0; repeat < 2; repeat += 1) {
        expect(await failure(h.client.authorizePayment(late))).toMatchObject({
          status: 'FAILED_PRECONDITION',
          reason: 'AUTHORIZATION_VOIDED',
        });
      }
      expect(await h.witness(late.orderId)).toMatchObject({ authorizations: 0 });
    },
  );

  it('is refused once the money is taken, and leaves no tombstone then', async () => {
    const { orderId } = await captured();
    expect(await failure(voidBy({ $case: 'orderId', value: orderId }))).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'PAYMENT_STATE_CONFLICT',
      metadata: { state: 'CAPTURED' },
    });
    const { userId } = await h.userWithCard();
    expect(
      await failure(h.client.authorizePayment({ requestId: id(), orderId, userId, amount: euros(1) })),
    ).toMatchObject({
      reason: 'ORDER_HAS_PAYMENT',
    });
  });

  it('knows no payment by an unknown id', async () => {
    expect(await failure(voidBy({ $case: 'paymentId', value: id() }))).toMatchObject({
      status: 'NOT_FOUND',
      reason: 'PAYMENT_NOT_FOUND',
    });
  });
});

function visa() {
  return { number: '4242424242424242', cvc: '987', expiryMonth: 12, expiryYear: 2040, holderName: 'Ada' };
}
