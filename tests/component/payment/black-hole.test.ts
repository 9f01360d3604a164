import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { PaymentState } from '../../../gen/tradewind/payment/v1/payment.ts';
import { eventually } from '../../support/eventually.ts';
import { euros, failure, startHarness, type Harness } from './harness.ts';

const AUTHORIZATIONS = 'POST /v1/authorizations';

describe('paymentService, its provider behind a black hole', () => {
  let harness: Harness;
  let card: Awaited<ReturnType<Harness['userWithCard']>>;

  beforeAll(async () => {
    harness = await startHarness({ settleAfterMs: 300, timeoutMs: 250 });
    card = await harness.userWithCard();
  });
  afterAll(() => harness.close());

  const authorize = (orderId: string) =>
    harness.client.authorizePayment({
      requestId: `${orderId}/authorize`,
      orderId,
      userId: card.userId,
      paymentMethodId: card.paymentMethod.id,
      amount: euros(5),
    });
  const metrics = async () => (await fetch(`http://${harness.adminAddress}/metrics`)).text();
  const stateOf = async (subject: string) =>
    new RegExp(`^tradewind_breaker_state\\{.*subject="${subject}",state="(\\w+)".*\\} 1$`, 'm').exec(
      await metrics(),
    )?.[1];

  it('refuses without asking once enough calls got no answer, and asks again when there are answers', async () => {
    const orders = Array.from({ length: 24 }, () => crypto.randomUUID());
    await harness.network.set({ kind: 'black hole' });
    for (const error of await Promise.all(orders.map((order) => failure(authorize(order))))) {
      expect(error).toMatchObject({ status: 'UNAVAILABLE', reason: 'PROVIDER_UNAVAILABLE' });
    }
    expect(await stateOf(AUTHORIZATIONS)).toBe('open');

    const asked = harness.network.accepted;
    const refused = crypto.randomUUID();
    expect(await failure(authorize(refused))).toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'PROVIDER_UNAVAILABLE',
      details: [{ kind: 'retryInfo' }],
    });
    expect(harness.network.accepted).toBe(asked);
    expect(await metrics()).toMatch(
      /^tradewind_policy_rejections_total\{guard="payment provider",reason="CIRCUIT_OPEN".*\} [1-9]/m,
    );

    await harness.network.set({ kind: 'none' });
    for (const order of [refused, ...orders]) {
      await eventually(async () => {
        const { payment } = await authorize(order);
        expect(payment?.state).toBe(PaymentState.PAYMENT_STATE_AUTHORIZED);
      });
    }
    expect(await stateOf(AUTHORIZATIONS)).toBe('closed');
    for (const order of [refused, ...orders]) {
      expect(await harness.witness(order)).toMatchObject({ authorizations: 1, held: 500 });
    }
  });
});
