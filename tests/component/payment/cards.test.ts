import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { as } from './as.ts';
import { cardThat, euros, failure, startHarness, type Harness } from './harness.ts';

let h: Harness;
beforeAll(async () => (h = await startHarness({ timeoutMs: 5_000 })));
afterAll(() => h.close());

const id = () => crypto.randomUUID();
const add = (userId: string, more: object = {}) =>
  h.client.addPaymentMethod({ requestId: id(), userId, card: cardThat('approve'), ...more });

describe('AddPaymentMethod', () => {
  it('keeps what the provider tells of the card, and makes the first one the default', async () => {
    const userId = id();
    const first = await add(userId);
    expect(first.paymentMethod).toMatchObject({
      userId,
      brand: 'visa',
      last4: '4242',
      expiryMonth: 12,
      expiryYear: 2040,
      holderName: 'Ada Lovelace',
      isDefault: true,
    });
    const second = await add(userId, { card: cardThat('approve_mastercard') });
    expect(second.paymentMethod?.isDefault).toBe(false);
    const third = await add(userId, { card: cardThat('approve_amex'), makeDefault: true });
    expect(third.paymentMethod).toMatchObject({ brand: 'amex', isDefault: true });
    const { paymentMethods } = await h.client.listPaymentMethods({ userId });
    expect(paymentMethods.map(({ brand, isDefault }) => [brand, isDefault])).toEqual([
      ['amex', true],
      ['mastercard', false],
      ['visa', false],
    ]);
  });

  it('answers the same request_id alike whatever the number and security code, and refuses another body', async () => {
    const userId = id();
    const request = { requestId: id(), userId, card: cardThat('approve') };
    const first = await h.client.addPaymentMethod(request);
    const card = { ...request.card, number: '5555555555554444', cvc: '111' };
    expect(await h.client.addPaymentMethod({ ...request, card })).toEqual(first);
    const renamed = { ...request, card: { ...request.card, holderName: 'Eve' } };
    expect(await failure(h.client.addPaymentMethod(renamed))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'REQUEST_ID_REUSED',
    });
    expect((await h.client.listPaymentMethods({ userId })).paymentMethods).toHaveLength(1);
  });

  it('keeps one card for twenty racers with one request_id', async () => {
    const request = { requestId: id(), userId: id(), card: cardThat('approve') };
    const answers = await Promise.all(Array.from({ length: 20 }, () => h.client.addPaymentMethod(request)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect((await h.client.listPaymentMethods({ userId: request.userId })).paymentMethods).toHaveLength(1);
  });

  it.each([
    ['a wrong check digit', { number: '4242424242424241' }, 'card.number'],
    ['a month that has passed', { expiryYear: 2020 }, 'card.expiry_month'],
  ])('refuses %s', async (_what, change, field) => {
    const error = await failure(add(id(), { card: { ...cardThat('approve'), ...change } }));
    expect(error).toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'CARD_INVALID',
      details: [{ kind: 'badRequest', violations: [{ field }] }],
    });
  });

  it('refuses what the provider does not take, and again under the same request_id', async () => {
    // A security code of three digits is wrong for this network only.
    const request = { requestId: id(), userId: id(), card: { ...cardThat('approve_amex'), cvc: '987' } };
    for (let repeat = 0; repeat < 2; repeat += 1) {
      expect(await failure(h.client.addPaymentMethod(request))).toMatchObject({
        status: 'FAILED_PRECONDITION',
        reason: 'CARD_REFUSED',
        metadata: { code: 'CVC_INVALID' },
      });
    }
  });

  it('refuses the twenty-first card, also to racers', async () => {
    const userId = id();
    const outcomes = await Promise.allSettled(Array.from({ length: 23 }, () => add(userId)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    expect(await failure(add(userId))).toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
      reason: 'TOO_MANY_PAYMENT_METHODS',
      details: [{ kind: 'quotaFailure' }],
    });
    const { paymentMethods } = await h.client.listPaymentMethods({ userId });
    expect(paymentMethods.filter(({ isDefault }) => isDefault)).toHaveLength(1);
  });

  it('leaves number and security code in no table and no log line, also when it fails', async () => {
    const userId = id();
    const card = { ...cardThat('approve'), number: '4000056655665556', cvc: '8173' };
    await failure(add(userId, { card })); // four digits are too many for this network
    await add(userId, { card: { ...card, cvc: '817' } });
    await failure(add(userId, { card: { ...card, number: '40000566556655x6' } }));
    await failure(add(userId, { card: { ...card, number: '4000056655665557' } }));
    const tables = await h.database.rows<{ name: string }>({
      name: 'tables',
      text: `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    });
    const contents = await Promise.all(
      tables.map(({ name }) =>
        h.database.rows<{ row: string }>({ name, text: `SELECT row_to_json(t)::text AS row FROM "${name}" t` }),
      ),
    );
    const text = [...contents.flat().map(({ row }) => row), ...h.log].join('\n');
    expect(text.includes(userId)).toBe(true);
    expect(text.match(/400005665566555|40000566556655x6|\b8173\b|"cvc"/g)).toBeNull();
  });
});

describe('DeletePaymentMethod', () => {
  it('forgets the card here and at the provider, and hands the default on to the newest that is left', async () => {
    const userId = id();
    const { paymentMethod: first } = await add(userId);
    const { paymentMethod: second } = await add(userId, { card: cardThat('approve_mastercard') });
    const paymentMethodId = first!.id;
    await h.client.deletePaymentMethod({ paymentMethodId });
    await h.client.deletePaymentMethod({ paymentMethodId });
    const { paymentMethods } = await h.client.listPaymentMethods({ userId });
    expect(paymentMethods).toEqual([{ ...second, isDefault: true }]);
    const charge = { requestId: id(), orderId: id(), userId, amount: euros(1) };
    expect(await failure(h.client.authorizePayment({ ...charge, paymentMethodId }))).toMatchObject({
      status: 'NOT_FOUND',
      reason: 'PAYMENT_METHOD_NOT_FOUND',
    });
    const [row] = await h.database.rows<{ forgotten: boolean }>(
      { name: 'forgotten', text: 'SELECT forgotten FROM payment_method WHERE id = $1' },
      [paymentMethodId],
    );
    expect(row).toEqual({ forgotten: true });
  });

  it('lets payments that were authorized go on', async () => {
    const { userId, paymentMethod } = await h.userWithCard();
    const { payment } = await h.client.authorizePayment({ requestId: id(), orderId: id(), userId, amount: euros(4) });
    await h.client.deletePaymentMethod({ paymentMethodId: paymentMethod.id });
    const taken = await h.client.capturePayment({ requestId: id(), paymentId: payment!.id });
    expect(taken.payment).toMatchObject({ capturedAmount: euros(4), paymentMethodId: paymentMethod.id });
  });

  it('says UNAVAILABLE while the provider cannot be told, and tells it at the repeat', async () => {
    const { paymentMethod, userId } = await h.userWithCard();
    await h.stopProvider();
    const request = { paymentMethodId: paymentMethod.id };
    expect(await failure(h.client.deletePaymentMethod(request))).toMatchObject({ reason: 'PROVIDER_UNAVAILABLE' });
    expect((await h.client.listPaymentMethods({ userId })).paymentMethods).toEqual([]);
    await h.startProvider();
    await h.client.deletePaymentMethod(request);
  });

  it('knows no card that never was', async () => {
    expect(await failure(h.client.deletePaymentMethod({ paymentMethodId: id() }))).toMatchObject({
      status: 'NOT_FOUND',
      reason: 'PAYMENT_METHOD_NOT_FOUND',
    });
  });
});

describe('a payment without a usable card', () => {
  it('is refused when the user has none', async () => {
    const request = { requestId: id(), orderId: id(), userId: id(), amount: euros(1) };
    expect(await failure(h.client.authorizePayment(request))).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'PAYMENT_METHOD_MISSING',
    });
  });

  it("is refused with another user's card", async () => {
    const { paymentMethod } = await h.userWithCard();
    const request = { requestId: id(), orderId: id(), userId: id(), amount: euros(1) };
    expect(await failure(h.client.authorizePayment({ ...request, paymentMethodId: paymentMethod.id }))).toMatchObject({
      reason: 'PAYMENT_METHOD_NOT_FOUND',
    });
  });

  it('is refused with a card whose last month has passed', async () => {
    const { paymentMethod, userId } = await h.userWithCard();
    await h.database.execute({ name: 'age', text: 'UPDATE payment_method SET expiry_year = 2020 WHERE id = $1' }, [
      paymentMethod.id,
    ]);
    const request = { requestId: id(), orderId: id(), userId, amount: euros(1) };
    expect(await failure(h.client.authorizePayment(request))).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'PAYMENT_METHOD_EXPIRED',
    });
  });
});

describe('what belongs to another user', () => {
  it('is neither read nor changed', async () => {
    const { userId, paymentMethod } = await h.userWithCard();
    const { payment } = await h.client.authorizePayment({ requestId: id(), orderId: id(), userId, amount: euros(2) });
    const paymentId = payment!.id;
    const stranger = as(id());
    const denied = [
      () => h.client.getPayment({ paymentId }, stranger),
      () => h.client.listPayments({ userId }, stranger),
      () => h.client.listPaymentMethods({ userId }, stranger),
      () => h.client.addPaymentMethod({ requestId: id(), userId, card: cardThat('approve') }, stranger),
      () => h.client.deletePaymentMethod({ paymentMethodId: paymentMethod.id }, stranger),
      () => h.client.listTransactions({ paymentId }, stranger),
      () => h.client.refundPayment({ requestId: id(), paymentId }, as(userId)),
      () => h.client.capturePayment({ requestId: id(), paymentId }, as(userId)),
      () => h.client.voidPayment({ requestId: id(), target: { $case: 'paymentId', value: paymentId } }, as(userId)),
      () => h.client.authorizePayment({ requestId: id(), orderId: id(), userId, amount: euros(1) }, as(userId)),
    ];
    for (const call of denied) {
      expect(await failure(call())).toMatchObject({ status: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED' });
    }
  });

  it('is hidden in lists, which show a customer the own payments and an administrator all', async () => {
    const { userId } = await h.userWithCard();
    const { payment } = await h.client.authorizePayment({ requestId: id(), orderId: id(), userId, amount: euros(2) });
    const own = await h.client.listPayments({}, as(userId));
    expect(own.payments).toEqual([payment]);
    expect((await h.client.listPayments({}, as(id()))).payments).toEqual([]);
    expect((await h.client.listPayments({}, as('admin'))).payments.length).toBeGreaterThan(1);
    expect((await h.client.getPayment({ paymentId: payment!.id }, as(userId))).payment).toEqual(payment);
  });
});
