import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { PaymentState, type Payment } from '../../../gen/tradewind/payment/v1/payment.ts';
import type { AppError } from '../../../src/chassis/core/index.ts';
import type { Behaviour } from '../../../src/sandbox/payment-provider/index.ts';
import { eventually } from '../../support/eventually.ts';
import { cardThat, euros, failure, startHarness, type Harness } from './harness.ts';

const id = () => crypto.randomUUID();
const UNAVAILABLE = { status: 'UNAVAILABLE', reason: 'PROVIDER_UNAVAILABLE' };

/** Repeats a call under its request_id, as a caller should, until the provider has answered. */
function untilAnswered<T>(call: () => Promise<T>): Promise<T> {
  return eventually(call, { timeoutMs: 8_000, intervalMs: 100 });
}

async function order(h: Harness, behaviour: Behaviour) {
  const { userId } = await h.userWithCard(behaviour);
  return { requestId: id(), orderId: id(), userId, amount: euros(20) };
}

async function authorized(h: Harness, behaviour: Behaviour): Promise<Payment> {
  return (await h.client.authorizePayment(await order(h, behaviour))).payment!;
}

async function stateOf(h: Harness, orderId: string) {
  const { payments } = await h.client.listPayments({ orderId });
  return payments[0]?.state;
}

describe('a command whose answer is lost', () => {
  let h: Harness;
  beforeAll(async () => (h = await startHarness()));
  afterAll(() => h.close());
  afterEach(async () => expect(await unbalanced(h)).toEqual([]));

  it.each(['authorize_reply_lost', 'authorize_late_reply', 'authorize_late', 'authorize_error_once'] as const)(
    'authorizes once when it is repeated (%s)',
    async (behaviour) => {
      const request = await order(h, behaviour);
      const error = await failure(h.client.authorizePayment(request));
      expect(error).toMatchObject(UNAVAILABLE);
      expect(error.details).toContainEqual({ kind: 'retryInfo', retryDelayMs: expect.any(Number) });
      expect(await stateOf(h, request.orderId)).toBe(PaymentState.PAYMENT_STATE_AUTHORIZING);

      const { payment } = await untilAnswered(() => h.client.authorizePayment(request));
      expect(payment?.state).toBe(PaymentState.PAYMENT_STATE_AUTHORIZED);
      expect(await h.witness(request.orderId)).toMatchObject({ held: 2000, authorizations: 1 });
    },
  );

  it.each(['capture_reply_lost', 'capture_late_reply', 'capture_late', 'capture_error_once'] as const)(
    'captures once when it is repeated (%s)',
    async (behaviour) => {
      const { id: paymentId, orderId } = await authorized(h, behaviour);
      const request = { requestId: id(), paymentId };
      expect(await failure(h.client.capturePayment(request))).toMatchObject(UNAVAILABLE);
      expect(await stateOf(h, orderId)).toBe(PaymentState.PAYMENT_STATE_CAPTURING);
      expect(
        await failure(h.client.voidPayment({ requestId: id(), target: { $case: 'orderId', value: orderId } })),
      ).toMatchObject({ reason: 'PAYMENT_STATE_CONFLICT', metadata: { state: 'CAPTURING' } });

      const { payment } = await untilAnswered(() => h.client.capturePayment(request));
      expect(payment?.state).toBe(PaymentState.PAYMENT_STATE_CAPTURED);
      expect(await h.witness(orderId)).toMatchObject({ captured: 2000, captures: 1 });
    },
  );

  it('is joined by the same capture under another request_id, and not by another amount', async () => {
    const { id: paymentId, orderId } = await authorized(h, 'capture_reply_lost');
    expect(await failure(h.client.capturePayment({ requestId: id(), paymentId }))).toMatchObject(UNAVAILABLE);
    expect(await failure(h.client.capturePayment({ requestId: id(), paymentId, amount: euros(1) }))).toMatchObject({
      reason: 'PAYMENT_STATE_CONFLICT',
    });
    const { payment } = await h.client.capturePayment({ requestId: id(), paymentId });
    expect(payment?.state).toBe(PaymentState.PAYMENT_STATE_CAPTURED);
    expect(await h.witness(orderId)).toMatchObject({ captures: 1 });
  });

  it('gives the money back once, and only counts it as on its way until then', async () => {
    const { id: paymentId, orderId } = await authorized(h, 'undo_fails_5_times');
    await h.client.capturePayment({ requestId: id(), paymentId });
    const request = { requestId: id(), paymentId, amount: euros(12) };
    expect(await failure(h.client.refundPayment(request))).toMatchObject(UNAVAILABLE);
    expect((await h.client.getPayment({ paymentId })).payment).toMatchObject({
      state: PaymentState.PAYMENT_STATE_CAPTURED,
      refundedAmount: euros(12),
    });
    expect(await failure(h.client.refundPayment({ requestId: id(), paymentId, amount: euros(9) }))).toMatchObject({
      reason: 'AMOUNT_EXCEEDS_PAYMENT',
    });
    const { refund } = await untilAnswered(() => h.client.refundPayment(request));
    expect(refund?.amount).toEqual(euros(12));
    expect(await h.witness(orderId)).toMatchObject({ refunded: 1200, refunds: 1 });
  });

  it('releases the hold of an authorization that nobody had an answer to, and refuses its repeat', async () => {
    const request = await order(h, 'authorize_late');
    expect(await failure(h.client.authorizePayment(request))).toMatchObject(UNAVAILABLE);
    const undo = { requestId: id(), target: { $case: 'authorizeRequestId', value: request.requestId } } as const;
    expect(await failure(h.client.voidPayment(undo))).toMatchObject(UNAVAILABLE);
    expect(await stateOf(h, request.orderId)).toBe(PaymentState.PAYMENT_STATE_VOIDING);

    const { payment } = await untilAnswered(() => h.client.voidPayment(undo));
    expect(payment?.state).toBe(PaymentState.PAYMENT_STATE_VOIDED);
    expect(await failure(h.client.authorizePayment(request))).toMatchObject({ reason: 'AUTHORIZATION_VOIDED' });
    expect(await h.witness(request.orderId)).toMatchObject({ held: 0, captured: 0, authorizations: 1 });
  });

  it('gives money back once when it went back and nobody heard of it', async () => {
    const { id: paymentId, orderId } = await authorized(h, 'undo_reply_lost');
    await h.client.capturePayment({ requestId: id(), paymentId });
    const request = { requestId: id(), paymentId, amount: euros(12) };
    expect(await failure(h.client.refundPayment(request))).toMatchObject(UNAVAILABLE);
    expect(await h.witness(orderId)).toMatchObject({ refunded: 1200, refunds: 1 });
    const { payment, refund } = await untilAnswered(() => h.client.refundPayment(request));
    expect(payment).toMatchObject({ state: PaymentState.PAYMENT_STATE_PARTIALLY_REFUNDED, refundedAmount: euros(12) });
    expect(refund?.amount).toEqual(euros(12));
    expect(await h.witness(orderId)).toMatchObject({ refunded: 1200, refunds: 1 });
  });

  it('says UNAVAILABLE while the provider is down, and goes on after a restart of both', async () => {
    const request = await order(h, 'approve');
    const { id: paymentId } = await authorized(h, 'approve');
    const capture = { requestId: id(), paymentId };
    await h.stopProvider();
    expect(await failure(h.client.authorizePayment(request))).toMatchObject(UNAVAILABLE);
    expect(await failure(h.client.capturePayment(capture))).toMatchObject(UNAVAILABLE);
    await h.restartService();
    await h.startProvider();
    expect((await h.client.authorizePayment(request)).payment?.state).toBe(PaymentState.PAYMENT_STATE_AUTHORIZED);
    expect((await h.client.capturePayment(capture)).payment?.state).toBe(PaymentState.PAYMENT_STATE_CAPTURED);
    expect(await h.witness(request.orderId)).toMatchObject({ held: 2000, authorizations: 1 });
  });

  it('is bounded by the deadline of its caller', async () => {
    const request = await order(h, 'authorize_late_reply');
    const startedMs = performance.now();
    const error = await failure(h.client.authorizePayment(request, { timeoutMs: 200 }));
    expect(performance.now() - startedMs).toBeLessThan(550);
    expect(error.status).toMatch(/^(UNAVAILABLE|DEADLINE_EXCEEDED)$/);
  });
});

describe('twenty racers', () => {
  let h: Harness;
  beforeAll(async () => (h = await startHarness({ timeoutMs: 5_000 })));
  afterAll(() => h.close());

  const race = <T>(start: () => Promise<T>) => Promise.allSettled(Array.from({ length: 20 }, start));

  it('with one request_id get one payment and equal answers', async () => {
    const request = await order(h, 'approve');
    const outcomes = await race(() => h.client.authorizePayment(request));
    expect(outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason as unknown] : []))).toEqual([]);
    const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await h.witness(request.orderId)).toMatchObject({ held: 2000, authorizations: 1 });
  });

  it('that authorize late and void meanwhile leave no hold, and both hear the truth', async () => {
    const request = await order(h, 'authorize_late');
    const authorizing = failure(h.client.authorizePayment(request));
    await eventually(async () =>
      expect(await stateOf(h, request.orderId)).toBe(PaymentState.PAYMENT_STATE_AUTHORIZING),
    );
    const undo = { requestId: id(), target: { $case: 'orderId', value: request.orderId } } as const;
    expect(await failure(h.client.voidPayment(undo))).toMatchObject(UNAVAILABLE); // the question before it is still open
    expect(await authorizing).toMatchObject({ reason: 'AUTHORIZATION_VOIDED' });
    const { payment } = await untilAnswered(() => h.client.voidPayment(undo));
    expect(payment?.state).toBe(PaymentState.PAYMENT_STATE_VOIDED);
    expect(await h.witness(request.orderId)).toMatchObject({ held: 0, captured: 0, authorizations: 1 });
    const { transactions } = await h.client.listTransactions({ paymentId: payment!.id });
    expect(transactions).toHaveLength(2); // the hold, and its end
  });

  it('with request_ids of their own get one payment for the order', async () => {
    const request = await order(h, 'approve');
    const outcomes = await race(() => h.client.authorizePayment({ ...request, requestId: id() }));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const reasons = outcomes.flatMap((o) => (o.status === 'rejected' ? [(o.reason as AppError).reason] : []));
    expect(new Set(reasons)).toEqual(new Set(['ORDER_HAS_PAYMENT']));
    expect(await h.witness(request.orderId)).toMatchObject({ authorizations: 1 });
  });

  it('that capture, void and authorize late leave either one capture or no hold', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id: paymentId, orderId } = await authorized(h, 'approve');
      let turn = 0;
      await race(async () => {
        turn += 1;
        if (turn % 2 === 0) await h.client.capturePayment({ requestId: id(), paymentId });
        else await h.client.voidPayment({ requestId: id(), target: { $case: 'orderId', value: orderId } });
      });
      const { payment } = await h.client.getPayment({ paymentId });
      const witness = await h.witness(orderId);
      if (payment?.state === PaymentState.PAYMENT_STATE_CAPTURED) {
        expect(witness).toMatchObject({ held: 0, captured: 2000, captures: 1 });
      } else {
        expect(payment?.state).toBe(PaymentState.PAYMENT_STATE_VOIDED);
        expect(witness).toMatchObject({ held: 0, captured: 0, captures: 0 });
      }
    }
  });

  it('that refund parts give back no more than was taken', async () => {
    const { id: paymentId, orderId } = await authorized(h, 'approve');
    await h.client.capturePayment({ requestId: id(), paymentId });
    const outcomes = await race(() => h.client.refundPayment({ requestId: id(), paymentId, amount: euros(3) }));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(6);
    expect(await h.witness(orderId)).toMatchObject({ refunded: 1800, refunds: 6 });
  });

  it('that void before and after the original leave no hold', async () => {
    for (let round = 0; round < 5; round += 1) {
      const request = await order(h, 'approve');
      const target = { $case: 'authorizeRequestId', value: request.requestId } as const;
      await Promise.allSettled([h.client.authorizePayment(request), h.client.voidPayment({ requestId: id(), target })]);
      expect(await h.witness(request.orderId)).toMatchObject({ held: 0 });
    }
  });
});

describe('the reconciler', () => {
  let h: Harness;
  beforeAll(async () => (h = await startHarness({ settleAfterMs: 700 })));
  afterAll(() => h.close());

  it.each(['authorize_reply_lost', 'authorize_late'] as const)(
    'settles an authorization that nobody repeats (%s), and the caller still hears of it',
    async (behaviour) => {
      const request = await order(h, behaviour);
      expect(await failure(h.client.authorizePayment(request))).toMatchObject(UNAVAILABLE);
      await eventually(
        async () => expect(await stateOf(h, request.orderId)).toBe(PaymentState.PAYMENT_STATE_AUTHORIZED),
        { timeoutMs: 8_000 },
      );
      const { payment } = await h.client.authorizePayment(request);
      expect(payment?.state).toBe(PaymentState.PAYMENT_STATE_AUTHORIZED);
      const { transactions } = await h.client.listTransactions({ paymentId: payment!.id });
      expect(transactions).toMatchObject([{ reconciled: true }]);
    },
  );

  it('settles captures and voids', async () => {
    const taken = await authorized(h, 'capture_reply_lost');
    expect(await failure(h.client.capturePayment({ requestId: id(), paymentId: taken.id }))).toMatchObject(UNAVAILABLE);
    const undone = await authorized(h, 'undo_fails_5_times');
    const target = { $case: 'orderId', value: undone.orderId } as const;
    expect(await failure(h.client.voidPayment({ requestId: id(), target }))).toMatchObject(UNAVAILABLE);
    await eventually(
      async () => {
        expect(await stateOf(h, taken.orderId)).toBe(PaymentState.PAYMENT_STATE_CAPTURED);
        await h.database.execute({
          name: 'hurry',
          text: `UPDATE provider_operation SET next_attempt_time = now() WHERE state = 'PENDING'`,
        });
        expect(await stateOf(h, undone.orderId)).toBe(PaymentState.PAYMENT_STATE_VOIDED);
      },
      { timeoutMs: 10_000, intervalMs: 200 },
    );
    expect(await h.witness(taken.orderId)).toMatchObject({ captured: 2000, captures: 1 });
    expect(await h.witness(undone.orderId)).toMatchObject({ held: 0, captures: 0 });
  });

  it('ends a payment whose hold the provider let go', async () => {
    const { orderId, id: paymentId } = await authorized(h, 'authorization_expires');
    await eventually(async () => expect(await stateOf(h, orderId)).toBe(PaymentState.PAYMENT_STATE_EXPIRED));
    const { transactions } = await h.client.listTransactions({ paymentId });
    expect(transactions.map(({ reconciled }) => reconciled)).toEqual([false, true]);
  });

  it('finishes a card whose answer nobody had, and gives up one that never reached the provider', async () => {
    const userId = id();
    const request = { requestId: id(), userId, card: cardThat('approve') };
    await h.stopProvider();
    expect(await failure(h.client.addPaymentMethod(request))).toMatchObject(UNAVAILABLE);
    const { userId: other, paymentMethod } = await kept(h);
    await h.startProvider();
    await eventually(
      async () => {
        await h.database.execute({
          name: 'hurry',
          text: `UPDATE payment_method SET next_attempt_time = now() WHERE state = 'ADDING'`,
        });
        const rows = await h.database.rows<{ state: string }>(
          { name: 'state', text: 'SELECT state FROM payment_method WHERE user_id = $1' },
          [userId],
        );
        expect(rows).toEqual([{ state: 'ABANDONED' }]);
      },
      { timeoutMs: 8_000, intervalMs: 100 },
    );
    expect((await h.client.addPaymentMethod(request)).paymentMethod).toMatchObject({ userId, isDefault: true });
    await eventually(async () => {
      const { paymentMethods } = await h.client.listPaymentMethods({ userId: other });
      expect(paymentMethods.map((method) => method.id)).toEqual([paymentMethod]);
    });
  });
});

/** A card that the provider kept under a key of ours, and that we know nothing of yet: as after a crash between the two. */
async function kept(h: Harness) {
  await h.startProvider();
  const { userId, paymentMethod } = await h.userWithCard();
  await h.database.execute(
    {
      name: 'forget the answer',
      text: `UPDATE payment_method SET state = 'ADDING', answer = NULL, is_default = false, provider_token = NULL,
        brand = NULL, last4 = NULL, next_attempt_time = now() WHERE id = $1`,
    },
    [paymentMethod.id],
  );
  await h.stopProvider();
  return { userId, paymentMethod: paymentMethod.id };
}

/** Payments whose ledger does not say what the payment says. */
async function unbalanced(h: Harness) {
  return h.database.rows({
    name: 'unbalanced',
    text: `SELECT p.id FROM payment p LEFT JOIN ledger_transaction t ON t.payment_id = p.id GROUP BY p.id
      HAVING coalesce(sum(t.amount) FILTER (WHERE t.kind = 'CAPTURE'), 0) <> p.captured
        OR coalesce(sum(t.amount) FILTER (WHERE t.kind = 'REFUND'), 0) <> p.refunded
        OR (p.state NOT IN ('AUTHORIZED', 'CAPTURING', 'VOIDING') AND
          coalesce(sum(t.amount) FILTER (WHERE t.kind = 'AUTHORIZATION'), 0)
            <> coalesce(sum(t.amount) FILTER (WHERE t.kind = 'RELEASE'), 0))`,
  });
}
