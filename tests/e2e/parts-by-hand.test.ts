import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { PartServiceDefinition, PartState } from '../../gen/tradewind/choreography/v1/part_service.ts';
import { OrderServiceDefinition } from '../../gen/tradewind/order/v1/order.ts';
import { TEST_CARDS } from '../../src/sandbox/payment-provider/index.ts';
import { eventually } from '../support/eventually.ts';
import { breaches } from '../support/invariants/index.ts';
import { ROOT } from '../support/repository.ts';
import { OrderState, newCustomer, newProduct, orderRequest, settledOrder, stockOf } from '../support/shopping.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

const run = promisify(execFile);
const PART = 'checkout-payment';

/** What sagas-by-hand is for sagas. */
describe('an order by events alone whose payment cannot be voided', () => {
  let suite: TestSuite;
  let product: string;
  let orderId: string;

  beforeAll(async () => {
    const args = ['--no-demo', '--checkout', 'choreography'];
    suite = await startSuite({ args, environment: { CHECKOUT_UNDO_ATTEMPTS: '2' } });
    product = await newProduct(suite, 10);
    const customer = await newCustomer(suite, TEST_CARDS.capture_declined_undo_fails.number);
    const { order } = await suite
      .client(OrderServiceDefinition, 'order')
      .placeOrder(orderRequest(customer, product, 2));
    orderId = order?.id ?? '';
  }, 120_000);
  afterAll(async () => suite?.[Symbol.asyncDispose](), 30_000);

  const parts = (process = 'payment') => suite.client(PartServiceDefinition, process);
  const tradewind = (...args: string[]) =>
    run(process.execPath, ['--no-warnings', 'src/main.ts', ...args, '--home', suite.home], { cwd: ROOT });

  it('is shown with the step that is parked, its attempts and its last error, and holds up nobody else', async () => {
    await eventually(
      async () => {
        expect((await parts().listParts({ parked: true })).parts).toMatchObject([
          { part: PART, subject: orderId, step: 'void-payment', attempts: 2, lastError: { status: 'UNAVAILABLE' } },
        ]);
      },
      { timeoutMs: 60_000, intervalMs: 500 },
    );
    const { part } = await parts().getPart({ part: PART, subject: orderId });
    expect(part?.state).toBe(PartState.PART_STATE_PARKED);
    expect(part?.heard).toEqual(expect.arrayContaining(['checkout.ready', 'checkout.abandoned']));
    expect(part?.said.map(({ step, type }) => [step, type])).toEqual([
      ['authorize-payment', 'checkout-payment.authorized'],
      ['capture-payment', 'checkout-payment.capture-refused'],
    ]);
    const [ofProduct] = (await parts('product').listParts({ subject: orderId })).parts;
    expect(ofProduct).toMatchObject({ part: 'checkout-stock', state: PartState.PART_STATE_IDLE });

    const other = await newCustomer(suite);
    const { order } = await suite.client(OrderServiceDefinition, 'order').placeOrder(orderRequest(other, product, 1));
    expect((await settledOrder(suite, order?.id ?? '')).state).toBe(OrderState.ORDER_STATE_CONFIRMED);
  }, 120_000);

  it('is found at the admin port, with tradewind call and by the doctor', async () => {
    const answer = await fetch(`http://${suite.admin('payment')}/parts?parked=true`);
    expect(await answer.json()).toMatchObject({ parts: [{ subject: orderId, step: 'void-payment' }] });
    const method = 'choreography.PartService/ListParts';
    const { stdout } = await tradewind('call', method, '{"parked":true}', '--process', 'payment');
    expect(JSON.parse(stdout)).toMatchObject({ parts: [{ subject: orderId, step: 'void-payment' }] });
    await expect(tradewind('doctor')).rejects.toMatchObject({
      stdout: expect.stringContaining(`payment: parked steps of ${PART}: 1`),
    });
    const outside = await fetch(`${suite.ready.gateway}/parts?parked=true`);
    expect(outside.status).toBe(404);
  }, 60_000);

  it('is undone once the provider is well and an operator resumes it, which is kept with who and why', async () => {
    const card = `http://${suite.address('payment-provider')}/v1/test-cards/capture_declined_undo_fails`;
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${card}/heal`, { method: 'POST', headers, body: '{}' })).ok).toBe(true);

    const resume = `http://${suite.admin('payment')}/parts/${PART}/${orderId}/resume`;
    expect((await fetch(resume, { method: 'POST', headers, body: '{}' })).status).toBe(400); // without a reason
    const resumed = await fetch(resume, { method: 'POST', headers, body: '{"reason":"the provider is well"}' });
    expect(await resumed.json()).toMatchObject({ changed: true });

    expect((await settledOrder(suite, orderId)).state).toBe(OrderState.ORDER_STATE_CANCELLED);
    expect(await stockOf(suite, product)).toEqual({ available: 9, reserved: 0, sold: 1 });
    const { part, actions } = await parts().getPart({ part: PART, subject: orderId });
    expect(part).toMatchObject({ state: PartState.PART_STATE_IDLE, step: '' });
    expect(actions).toMatchObject([{ step: 'void-payment', actor: 'internal', reason: 'the provider is well' }]);
    await expect(
      parts().resumePart({ part: PART, subject: orderId, reason: 'again' }, { timeoutMs: 5_000 }),
    ).rejects.toMatchObject({ status: 'FAILED_PRECONDITION', reason: 'STEP_NOT_DUE' });
    expect(await breaches(suite, { orderIds: [orderId], received: new Map([[product, 10]]) })).toEqual([]);
  }, 120_000);
});
