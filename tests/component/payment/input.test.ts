import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { PaymentState } from '../../../gen/tradewind/payment/v1/payment.ts';
import { cardThat, euros, failure, startHarness, type Harness } from './harness.ts';

let h: Harness;
beforeAll(async () => (h = await startHarness({ timeoutMs: 5_000 })));
afterAll(() => h.close());

const id = () => crypto.randomUUID();
const long = 'x'.repeat(129);
type Client = Harness['client'];
const charge = () => ({ requestId: id(), orderId: id(), userId: id(), amount: euros(1) });
const money = (units: bigint, nanos: number, currencyCode = 'EUR') => ({ currencyCode, units, nanos });
const card = (change: object) => ({ requestId: id(), userId: id(), card: { ...cardThat('approve'), ...change } });

/** The call, and the field that it is refused for. */
const bad: readonly (readonly [string, (client: Client) => Promise<unknown>, string])[] = [
  ['AuthorizePayment without request_id', (c) => c.authorizePayment({ ...charge(), requestId: '' }), 'request_id'],
  ['AuthorizePayment, request_id too long', (c) => c.authorizePayment({ ...charge(), requestId: long }), 'request_id'],
  ['AuthorizePayment, order_id malformed', (c) => c.authorizePayment({ ...charge(), orderId: 'x' }), 'order_id'],
  ['AuthorizePayment, user_id malformed', (c) => c.authorizePayment({ ...charge(), userId: '' }), 'user_id'],
  ['AuthorizePayment without amount', (c) => c.authorizePayment({ ...charge(), amount: undefined }), 'amount'],
  ['AuthorizePayment of nothing', (c) => c.authorizePayment({ ...charge(), amount: euros(0) }), 'amount'],
  ['AuthorizePayment below zero', (c) => c.authorizePayment({ ...charge(), amount: euros(-1) }), 'amount'],
  ['AuthorizePayment of less than a cent', (c) => c.authorizePayment({ ...charge(), amount: money(1n, 1) }), 'amount'],
  ['AuthorizePayment of too much', (c) => c.authorizePayment({ ...charge(), amount: money(2n ** 62n, 0) }), 'amount'],
  [
    'AuthorizePayment in no currency',
    (c) => c.authorizePayment({ ...charge(), amount: money(1n, 0, 'eur') }),
    'amount.currency_code',
  ],
  [
    'AuthorizePayment, card malformed',
    (c) => c.authorizePayment({ ...charge(), paymentMethodId: '1' }),
    'payment_method_id',
  ],
  ['CapturePayment without request_id', (c) => c.capturePayment({ paymentId: id() }), 'request_id'],
  ['CapturePayment, payment_id malformed', (c) => c.capturePayment({ requestId: '1', paymentId: '1' }), 'payment_id'],
  [
    'CapturePayment of nothing',
    (c) => c.capturePayment({ requestId: id(), paymentId: id(), amount: euros(0) }),
    'amount',
  ],
  ['VoidPayment without target', (c) => c.voidPayment({ requestId: id() }), 'target'],
  [
    'VoidPayment, order_id malformed',
    (c) => c.voidPayment({ requestId: id(), target: { $case: 'orderId', value: 'x' } }),
    'order_id',
  ],
  ['VoidPayment without request_id', (c) => c.voidPayment({ target: { $case: 'orderId', value: id() } }), 'request_id'],
  [
    'VoidPayment, reason too long',
    (c) => c.voidPayment({ requestId: id(), target: { $case: 'orderId', value: id() }, reason: 'x'.repeat(501) }),
    'reason',
  ],
  ['RefundPayment, payment_id malformed', (c) => c.refundPayment({ requestId: id(), paymentId: '' }), 'payment_id'],
  [
    'RefundPayment of a part of a cent',
    (c) => c.refundPayment({ requestId: id(), paymentId: id(), amount: money(0n, 1) }),
    'amount',
  ],
  [
    'RefundPayment, reason too long',
    (c) => c.refundPayment({ requestId: id(), paymentId: id(), reason: 'x'.repeat(501) }),
    'reason',
  ],
  ['GetPayment, payment_id malformed', (c) => c.getPayment({ paymentId: 'x' }), 'payment_id'],
  ['ListPayments, page_size below zero', (c) => c.listPayments({ pageSize: -1 }), 'page_size'],
  ['ListPayments, page_token made up', (c) => c.listPayments({ pageToken: 'abc' }), 'page_token'],
  ['ListPayments, unknown state', (c) => c.listPayments({ state: 99 as PaymentState }), 'state'],
  ['ListPayments, user_id malformed', (c) => c.listPayments({ userId: 'me' }), 'user_id'],
  ['AddPaymentMethod without card', (c) => c.addPaymentMethod({ requestId: id(), userId: id() }), 'card'],
  ['AddPaymentMethod, letters in the number', (c) => c.addPaymentMethod(card({ number: '4242x' })), 'card.number'],
  ['AddPaymentMethod, cvc too long', (c) => c.addPaymentMethod(card({ cvc: '12345' })), 'card.cvc'],
  ['AddPaymentMethod, month 13', (c) => c.addPaymentMethod(card({ expiryMonth: 13 })), 'card.expiry_month'],
  ['AddPaymentMethod, year 99', (c) => c.addPaymentMethod(card({ expiryYear: 99 })), 'card.expiry_year'],
  ['AddPaymentMethod without a name', (c) => c.addPaymentMethod(card({ holderName: '' })), 'card.holder_name'],
  ['ListPaymentMethods without user_id', (c) => c.listPaymentMethods({}), 'user_id'],
  [
    'ListPaymentMethods, page_size below zero',
    (c) => c.listPaymentMethods({ userId: id(), pageSize: -5 }),
    'page_size',
  ],
  ['DeletePaymentMethod, id malformed', (c) => c.deletePaymentMethod({ paymentMethodId: '../x' }), 'payment_method_id'],
  ['ListTransactions, payment_id malformed', (c) => c.listTransactions({ paymentId: '7' }), 'payment_id'],
  ['ListTransactions, page_size below zero', (c) => c.listTransactions({ pageSize: -1 }), 'page_size'],
];

describe('bad input', () => {
  it.each(bad)('%s is INVALID_ARGUMENT and names the field', async (_what, call, field) => {
    const error = await failure(call(h.client));
    expect(error.status).toBe('INVALID_ARGUMENT');
    const violations = error.details.flatMap((detail) => (detail.kind === 'badRequest' ? detail.violations : []));
    expect(violations.map((violation) => violation.field)).toContain(field);
  });

  it.each([
    ['CapturePayment', (c: Client) => c.capturePayment({ requestId: id(), paymentId: id() })],
    ['RefundPayment', (c: Client) => c.refundPayment({ requestId: id(), paymentId: id() })],
    ['GetPayment', (c: Client) => c.getPayment({ paymentId: id() })],
  ])('%s knows no unknown payment', async (_what, call) => {
    expect(await failure(call(h.client))).toMatchObject({ status: 'NOT_FOUND', reason: 'PAYMENT_NOT_FOUND' });
  });

  it('is another amount than the first under a request_id, for every command', async () => {
    const { userId } = await h.userWithCard();
    const authorize = { requestId: id(), orderId: id(), userId, amount: euros(10) };
    const { payment } = await h.client.authorizePayment(authorize);
    const reused = { status: 'INVALID_ARGUMENT', reason: 'REQUEST_ID_REUSED' };
    expect(await failure(h.client.authorizePayment({ ...authorize, amount: euros(11) }))).toMatchObject(reused);
    expect(await h.client.authorizePayment(authorize)).toEqual({ payment });

    const capture = { requestId: id(), paymentId: payment!.id, amount: euros(9) };
    const taken = await h.client.capturePayment(capture);
    expect(await failure(h.client.capturePayment({ ...capture, amount: euros(8) }))).toMatchObject(reused);
    const refund = { requestId: id(), paymentId: payment!.id, amount: euros(2) };
    const back = await h.client.refundPayment(refund);
    expect(await failure(h.client.refundPayment({ ...refund, amount: euros(3) }))).toMatchObject(reused);
    // The first answers, also after the payment has moved on.
    expect(await h.client.authorizePayment(authorize)).toEqual({ payment });
    expect(await h.client.capturePayment(capture)).toEqual(taken);
    expect(await h.client.refundPayment(refund)).toEqual(back);

    const undo = { requestId: id(), target: { $case: 'orderId', value: id() } } as const;
    await h.client.voidPayment(undo);
    const other = { ...undo, target: { $case: 'orderId', value: id() } } as const;
    expect(await failure(h.client.voidPayment(other))).toMatchObject(reused);
    expect(await h.client.voidPayment(undo)).toEqual({ payment: undefined });
  });

  it('in another currency than the payment is AMOUNT_INVALID', async () => {
    const { userId } = await h.userWithCard();
    const { payment } = await h.client.authorizePayment({ ...charge(), userId });
    const request = { requestId: id(), paymentId: payment!.id, amount: money(1n, 0, 'USD') };
    expect(await failure(h.client.capturePayment(request))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'AMOUNT_INVALID',
    });
  });
});
