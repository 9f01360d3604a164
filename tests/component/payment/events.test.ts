import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { miscounted, toldOf, untold } from '../../support/told.ts';
import { euros, failure, startHarness, type Harness } from './harness.ts';

let h: Harness;
beforeAll(async () => (h = await startHarness({ timeoutMs: 5_000 })));
afterAll(() => h.close());

const id = () => crypto.randomUUID();

async function authorize(behaviour: Parameters<Harness['userWithCard']>[0] = 'approve') {
  const { userId } = await h.userWithCard(behaviour);
  return h.client.authorizePayment({ requestId: id(), orderId: id(), userId, amount: euros(20) });
}

describe('a payment', () => {
  it('is told with what was held, taken and given back until then', async () => {
    const { payment } = await authorize();
    const { id: paymentId, orderId, userId } = payment!;
    await h.client.capturePayment({ requestId: id(), paymentId, amount: euros(15) });
    await h.client.refundPayment({ requestId: id(), paymentId, amount: euros(5) });
    await h.client.refundPayment({ requestId: id(), paymentId, amount: euros(10) });
    const of = { payment_id: paymentId, order_id: orderId, user_id: userId, currency: 'EUR', amount: '2000' };
    const told = await toldOf(h.database, 'payment', paymentId);
    expect(told.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['payment.authorized', 1],
      ['payment.captured', 2],
      ['payment.refunded', 3],
      ['payment.refunded', 4],
    ]);
    expect(told[0]?.payload).toEqual({ ...of, state: 'AUTHORIZED', captured: '0', refunded: '0' });
    expect(told[2]?.payload).toMatchObject({ ...of, captured: '1500', refunded: '500' });
    expect(told[3]?.payload).toMatchObject({ ...of, captured: '1500', refunded: '1500' });
  });
});

describe('the outbox of the payment process', () => {
  it('has had every type of the contract, and counts the events of each payment', async () => {
    const { payment: voided } = await authorize();
    await h.client.voidPayment({ requestId: id(), target: { $case: 'paymentId', value: voided!.id } });
    await failure(authorize('insufficient_funds'));
    const { payment: expired } = await authorize('authorization_expires');
    await failure(h.client.capturePayment({ requestId: id(), paymentId: expired!.id }));
    expect(await untold('payment', h.database)).toEqual([]);
    expect(await miscounted(h.database)).toEqual([]);
  });
});
