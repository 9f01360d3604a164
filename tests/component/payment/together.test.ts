import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { PaymentState } from '../../../gen/tradewind/payment/v1/payment.ts';
import type { AppError } from '../../../src/chassis/core/index.ts';
import { euros, startHarness, type Harness } from './harness.ts';

const id = () => crypto.randomUUID();

describe('commands that come together', () => {
  let h: Harness;
  let good: { readonly userId: string };
  let bad: { readonly userId: string };
  beforeAll(async () => {
    h = await startHarness({ timeoutMs: 10_000 });
    good = await h.userWithCard('approve');
    bad = await h.userWithCard('insufficient_funds');
  });
  afterAll(() => h.close());

  const order = ({ userId }: { readonly userId: string }) => ({
    ...{ requestId: id(), orderId: id(), userId, amount: euros(20) },
  });
  /** Each call's state, or the reason of its refusal. */
  const outcomes = async (
    calls: readonly Promise<{ readonly payment?: { readonly state: PaymentState } | undefined }>[],
  ) =>
    (await Promise.allSettled(calls)).map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value.payment?.state : (outcome.reason as AppError).reason,
    );

  it('get each its own answer, whatever the others run into', async () => {
    const undone = order(good);
    const target = { $case: 'authorizeRequestId', value: undone.requestId } as const;
    await h.client.voidPayment({ requestId: id(), target });
    const taken = order(good);
    await h.client.authorizePayment(taken);
    const used = order(good);
    await h.client.authorizePayment(used);

    const plain = Array.from({ length: 20 }, () => order(good));
    const requests = [
      ...plain,
      undone,
      { ...taken, requestId: id() }, // another request for its order
      { ...order(good), requestId: used.requestId }, // its request_id for another order
      used, // the same again
      order(bad),
      order({ userId: id() }), // no card
    ];
    expect(await outcomes(requests.map((request) => h.client.authorizePayment(request)))).toEqual([
      ...plain.map(() => PaymentState.PAYMENT_STATE_AUTHORIZED),
      'AUTHORIZATION_VOIDED',
      'ORDER_HAS_PAYMENT',
      'REQUEST_ID_REUSED',
      PaymentState.PAYMENT_STATE_AUTHORIZED,
      'PAYMENT_DECLINED',
      'PAYMENT_METHOD_MISSING',
    ]);
    for (const { orderId } of plain) expect(await h.witness(orderId)).toMatchObject({ held: 2000, authorizations: 1 });
  });

  it('are captured each once, with what was asked of each', async () => {
    const orders = Array.from({ length: 12 }, () => order(good));
    const payments = await Promise.all(orders.map(async (one) => (await h.client.authorizePayment(one)).payment!.id));
    const captures = payments.map((paymentId, index) => ({
      requestId: id(),
      paymentId,
      ...(index % 3 === 0 ? {} : { amount: euros(index % 3 === 1 ? 5 : 21) }), // all, a part, too much
    }));
    const twice = [...captures, ...captures];
    const answers = await outcomes(twice.map((capture) => h.client.capturePayment(capture)));
    const expected = captures.map((_capture, index) =>
      index % 3 === 2 ? 'AMOUNT_EXCEEDS_PAYMENT' : PaymentState.PAYMENT_STATE_CAPTURED,
    );
    expect(answers).toEqual([...expected, ...expected]);
    for (const [index, { orderId }] of orders.entries()) {
      expect(await h.witness(orderId)).toMatchObject(
        [
          { captured: 2000, captures: 1 },
          { captured: 500, captures: 1 },
          { held: 2000, captures: 0 },
        ][index % 3]!,
      );
    }
  });

  it('write one event into the outbox for each change, numbered without a gap', async () => {
    const rows = await h.database.rows<{ readonly breach: string }>({
      name: 'breaches',
      text: `SELECT p.id AS breach FROM payment p LEFT JOIN outbox o ON o.aggregate_id = p.id::text
        GROUP BY p.id HAVING p.last_event <> count(o.sequence) OR p.last_event <> coalesce(max(o.sequence), 0)
          OR p.last_event <> CASE p.state WHEN 'CAPTURED' THEN 2 ELSE 1 END`,
    });
    expect(rows).toEqual([]);
  });
});
