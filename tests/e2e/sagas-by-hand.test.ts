import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { OrderServiceDefinition } from '../../gen/tradewind/order/v1/order.ts';
import { TEST_CARDS } from '../../src/sandbox/payment-provider/index.ts';
import { ADMIN_EMAIL } from '../../src/up/environment.ts';
import { eventually } from '../support/eventually.ts';
import {
  GOOD_CARD,
  newCustomer,
  newProduct,
  orderRequest,
  OrderState,
  settledOrder,
  stockOf,
} from '../support/shopping.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('orders whose payment cannot be voided, for ever', () => {
  let suite: TestSuite;
  let product: string;
  let stuck: readonly { readonly orderId: string; readonly sagaId: string }[];
  let customer: Awaited<ReturnType<typeof newCustomer>>;

  beforeAll(async () => {
    suite = await startSuite({ args: ['--no-demo'], environment: { CHECKOUT_UNDO_ATTEMPTS: '8' } });
    product = await newProduct(suite, 10);
    customer = await newCustomer(suite, TEST_CARDS.capture_declined_undo_fails.number);
    stuck = await Promise.all([place(), place()]);
  }, 120_000);
  afterAll(async () => suite?.[Symbol.asyncDispose]());

  async function place() {
    const { order } = await suite
      .client(OrderServiceDefinition, 'order')
      .placeOrder(orderRequest(customer, product, 2));
    return { orderId: order?.id ?? '', sagaId: order?.sagaId ?? '' };
  }

  const start = (args: readonly string[]) =>
    spawn(process.execPath, ['--no-warnings', 'src/main.ts', 'sagas', ...args, '--home', suite.home], { cwd: ROOT });
  async function sagas(...args: readonly string[]) {
    const child = start(args);
    child.stdin.end();
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { stdout, stderr, code: code as number };
  }

  async function signIn(email: string, password: string): Promise<string> {
    const response = await fetch(`${suite.ready.gateway}/v1/auth:signIn`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    const { tokens, accessToken } = (await response.json()) as {
      tokens?: { accessToken: string };
      accessToken: string;
    };
    return tokens?.accessToken ?? accessToken;
  }
  const administrator = async () =>
    signIn(ADMIN_EMAIL, (await readFile(join(suite.home, 'secrets/admin-password'), 'utf8')).trim());

  it('are parked, and hold nobody else up', async () => {
    const other = await newCustomer(suite, GOOD_CARD);
    const { order } = await suite.client(OrderServiceDefinition, 'order').placeOrder(orderRequest(other, product, 1));
    expect((await settledOrder(suite, order?.id ?? '')).state).toBe(OrderState.ORDER_STATE_CONFIRMED);

    await eventually(
      async () => {
        const { stdout, code } = await sagas('list', '--state', 'parked', '--json');
        expect(code).toBe(0);
        const lines = stdout.split('\n').filter((line) => line !== '');
        const found = lines.map((line) => JSON.parse(line) as { id: string; currentStep: string });
        expect(found.map(({ id }) => id).toSorted()).toEqual(stuck.map(({ sagaId }) => sagaId).toSorted());
        for (const { currentStep } of found) expect(currentStep).toBe('authorize-payment');
      },
      { timeoutMs: 240_000, intervalMs: 3_000 },
    );
  }, 300_000);

  it('are shown with their steps, attempts and errors, by the saga or by the order', async () => {
    const [one] = stuck;
    const { stdout } = await sagas('show', one?.orderId ?? '');
    expect(stdout).toContain(`saga      ${one?.sagaId}  checkout version`);
    expect(stdout).toMatch(/state {5}parked, going back, at authorize-payment/);
    expect(stdout).toMatch(/authorize-payment +compensatable +compensating +1 +8 +UNAVAILABLE/);
    expect(stdout).toMatch(/undo authorize-payment: attempt 8 failed, UNAVAILABLE/);
    expect((await sagas('show', one?.sagaId ?? '')).stdout).toContain(`order     ${one?.orderId}`);
  }, 60_000);

  it('are counted and commanded over HTTP by administrators only', async () => {
    const filter = { states: ['SAGA_STATE_PARKED'], step: 'authorize-payment' };
    const body = JSON.stringify({ filter, command: 'SAGA_COMMAND_COMPENSATE', reason: 'a try', dryRun: true });
    const ask = async (token: string | undefined) => {
      const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
      const counted = await fetch(`${suite.ready.gateway}/v1/sagas:count?filter.states=SAGA_STATE_PARKED`, { headers });
      const commanded = await fetch(`${suite.ready.gateway}/v1/sagas:bulkCommand`, { method: 'POST', headers, body });
      return { statuses: [counted.status, commanded.status], bodies: [await counted.json(), await commanded.json()] };
    };

    expect((await ask(undefined)).statuses).toEqual([401, 401]);
    expect((await ask(await signIn(customer.email, customer.password))).statuses).toEqual([403, 403]);
    const { statuses, bodies } = await ask(await administrator());
    expect(statuses).toEqual([200, 200]);
    expect(bodies).toMatchObject([
      { counts: [{ state: 'SAGA_STATE_PARKED', step: 'authorize-payment', count: '2' }] },
      { doneCount: 2, results: [{ outcome: 'SAGA_COMMAND_OUTCOME_DONE' }, { outcome: 'SAGA_COMMAND_OUTCOME_DONE' }] },
    ]);
    const paths = ((await (await fetch(`${suite.ready.gateway}/openapi.json`)).json()) as { paths: object }).paths;
    expect(paths).toHaveProperty(['/v1/sagas:bulkCommand', 'post']);
    expect(paths).toHaveProperty(['/v1/sagas:count', 'get']);
  }, 60_000);

  it('end when the void is skipped by hand, recorded with who did it, and give everything back', async () => {
    const token = await administrator();
    const watch = start(['watch', '--json']);
    let seen = '';
    watch.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    try {
      await eventually(() => expect(seen).toContain('SNAPSHOT'), { timeoutMs: 30_000 });
      const which = ['--all', '--yes', '--state', 'parked', '--step', 'authorize-payment'];
      const skipped = await sagas('skip', ...which, '--reason', 'voided by phone', '--token', token);
      expect(skipped).toMatchObject({ code: 0, stdout: expect.stringMatching(/2 done\.\n$/) });
      const [one, other] = stuck.map(({ sagaId }) => sagaId);
      const resumed = await sagas('resume', one ?? '', other ?? '', '--reason', 'go on', '--token', token);
      expect(resumed.code).toBe(0);

      for (const { orderId } of stuck) {
        expect((await settledOrder(suite, orderId)).state).toBe(OrderState.ORDER_STATE_CANCELLED);
      }
      expect(await stockOf(suite, product)).toEqual({ available: 9, reserved: 0, sold: 1 });
      const { stdout } = await sagas('show', one ?? '');
      expect(stdout).toMatch(/undo authorize-payment: skipped {2}\[by [0-9a-f-]{36} "voided by phone"\]/);
      expect(stdout).toMatch(/resumed at undo reserve-stock {2}\[by [0-9a-f-]{36} "go on"\]/);
      expect(stdout).toMatch(/over: compensated/);
      await eventually(() => expect(seen.match(/SAGA_HISTORY_KIND_FINISHED/g)).toHaveLength(2), { timeoutMs: 10_000 });
    } finally {
      watch.kill('SIGINT');
      expect((await once(watch, 'exit'))[0]).toBe(0);
    }
    const again = await sagas('compensate', stuck[0]?.sagaId ?? '', '--reason', 'again');
    expect(again.code).toBe(0); // it is undone already
    const late = await sagas('park', stuck[0]?.sagaId ?? '', '--reason', 'too late');
    expect(late).toMatchObject({ code: 2, stdout: expect.stringContaining('SAGA_FINISHED') });
  }, 120_000);

  it('cannot be commanded with a token that is none', async () => {
    const { code, stderr } = await sagas('list', '--token', 'nonsense');
    expect(code).toBe(1);
    expect(stderr).toMatch(/UNAUTHENTICATED/);
    expect(stderr).not.toMatch(/\n\s+at /);
  }, 30_000);
});
