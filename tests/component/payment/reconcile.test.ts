import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import {
  DiscrepancyKind,
  PaymentServiceDefinition,
  PaymentState,
  TransactionKind,
  type Payment,
} from '../../../gen/tradewind/payment/v1/payment.ts';
import { createClientFactory } from '../../../src/chassis/client/index.ts';
import type { Behaviour, Summary } from '../../../src/sandbox/payment-provider/index.ts';
import { askAdminPort } from '../../support/admin-port.ts';
import { eventually } from '../../support/eventually.ts';
import { testDatabase } from '../../support/postgres.ts';
import { cardThat, euros, failure, startHarness, type Harness } from './harness.ts';

const id = () => crypto.randomUUID();

async function authorized(h: Harness, behaviour: Behaviour = 'approve'): Promise<Payment> {
  const { userId } = await h.userWithCard(behaviour);
  const { payment } = await h.client.authorizePayment({ requestId: id(), orderId: id(), userId, amount: euros(20) });
  if (payment === undefined) throw new Error('no payment came back');
  return payment;
}

/** As a person at the provider's own pages, or another system with our key, would. */
async function atTheProvider(h: Harness, path: string, body: object = {}, key: string = id()) {
  const response = await fetch(`${h.providerUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
  return (await response.json()) as { readonly id: string; readonly capture?: { readonly id: string } };
}

/** The reconciler that asks by key is far away: only the comparison of the ledgers can find out. */
const forgetPending = (h: Harness) =>
  h.database.execute({
    name: 'forget',
    text: `UPDATE provider_operation SET next_attempt_time = 'infinity', create_time = now() - interval '1 hour'
      WHERE state = 'PENDING'`,
  });

/** Booked in our ledger by nobody, as after an error of ours. */
const book = (h: Harness, { id: paymentId, orderId }: Payment, reference: string, minor: number) =>
  h.database.execute(
    {
      name: 'book',
      text: `INSERT INTO ledger_transaction (id, payment_id, order_id, kind, debit_account, credit_account, currency, amount,
          provider_reference, reconciled, create_time)
        VALUES (gen_random_uuid(), $1, $2, 'CAPTURE', 'PROVIDER_RECEIVABLE', 'SALES', 'EUR', $3, $4, false,
          now() - interval '1 hour')`,
    },
    [paymentId, orderId, minor, reference],
  );

/** As if what was read had been read a while ago. */
const letTimePass = (h: Harness) =>
  h.database.execute({ name: 'pass', text: `UPDATE provider_entry SET read_time = read_time - interval '1 hour'` });

async function discrepancies(h: Harness, includeResolved = false) {
  const { discrepancies: all } = await h.client.listDiscrepancies({ includeResolved });
  return all;
}

async function reconcile(h: Harness) {
  await h.client.reconcilePayments({});
  await letTimePass(h);
  return h.client.reconcilePayments({});
}

describe('reconcilePayments', () => {
  let h: Harness;
  beforeAll(async () => (h = await startHarness()));
  afterAll(() => h.close());

  it('finds nothing where both ledgers say the same, and reads the provider’s once', async () => {
    const captured = await authorized(h);
    await h.client.capturePayment({ requestId: id(), paymentId: captured.id });
    await h.client.refundPayment({ requestId: id(), paymentId: captured.id, amount: euros(5) });
    await h.client.refundPayment({ requestId: id(), paymentId: captured.id, amount: euros(6) });
    const voided = await authorized(h);
    await h.client.voidPayment({ requestId: id(), target: { $case: 'paymentId', value: voided.id } });
    const first = await h.client.reconcilePayments({});
    expect(first).toMatchObject({ entriesRead: 6, repairedCount: 0, foundCount: 0, openCount: 0 });
    await letTimePass(h);
    const second = await h.client.reconcilePayments({});
    expect(second).toEqual({ ...first, entriesRead: 0 });
    expect(await discrepancies(h, true)).toEqual([]);
  });

  it.each(['capture_reply_lost', 'capture_late'] as const)(
    'books a charge whose answer never came, once, and marks it (%s)',
    async (behaviour) => {
      const { id: paymentId, orderId } = await authorized(h, behaviour);
      expect(await failure(h.client.capturePayment({ requestId: id(), paymentId }))).toMatchObject({
        status: 'UNAVAILABLE',
      });
      await forgetPending(h);
      await eventually(
        async () => {
          await Promise.all([h.client.reconcilePayments({}), h.client.reconcilePayments({})]);
          const { payment } = await h.client.getPayment({ paymentId });
          expect(payment?.state).toBe(PaymentState.PAYMENT_STATE_CAPTURED);
        },
        { timeoutMs: 8_000, intervalMs: 200 },
      );
      const { transactions } = await h.client.listTransactions({ paymentId });
      expect(transactions.map(({ kind, reconciled }) => [kind, reconciled])).toEqual([
        [TransactionKind.TRANSACTION_KIND_AUTHORIZATION, false],
        [TransactionKind.TRANSACTION_KIND_RELEASE, true],
        [TransactionKind.TRANSACTION_KIND_CAPTURE, true],
      ]);
      expect(await h.witness(orderId)).toMatchObject({ captured: 2000, captures: 1 });
      expect(await reconcile(h)).toMatchObject({ foundCount: 0, openCount: 0 });
    },
  );

  it('leaves an operation alone whose caller may be about to hear', async () => {
    const { id: paymentId } = await authorized(h, 'capture_reply_lost');
    await failure(h.client.capturePayment({ requestId: id(), paymentId }));
    expect(await reconcile(h)).toMatchObject({ repairedCount: 0, foundCount: 0, openCount: 0 });
    await h.client.capturePayment({ requestId: id(), paymentId });
  });

  it('books the end of a hold that somebody let go at the provider', async () => {
    const { id: paymentId, providerReference } = await authorized(h);
    await atTheProvider(h, `/v1/authorizations/${providerReference}/void`);
    expect(await h.client.reconcilePayments({})).toMatchObject({ repairedCount: 1, openCount: 0 });
    const { payment } = await h.client.getPayment({ paymentId });
    expect(payment?.state).toBe(PaymentState.PAYMENT_STATE_EXPIRED);
    const { transactions } = await h.client.listTransactions({ paymentId });
    expect(transactions.at(-1)).toMatchObject({ kind: TransactionKind.TRANSACTION_KIND_RELEASE, reconciled: true });
  });

  it('lists a hold that nobody knows until it is let go, and shows it as a metric', async () => {
    const orderId = id();
    const charge = { token: 'tok_test_approve', amount: 700, currency: 'EUR', reference: orderId };
    const hold = await atTheProvider(h, '/v1/authorizations', charge);
    expect(await h.client.reconcilePayments({})).toMatchObject({ foundCount: 0 }); // it may be about to be booked
    await letTimePass(h);
    expect(await h.client.reconcilePayments({})).toMatchObject({ foundCount: 1, openCount: 1 });
    expect(await discrepancies(h)).toMatchObject([
      {
        kind: DiscrepancyKind.DISCREPANCY_KIND_UNKNOWN_HERE,
        transactionKind: TransactionKind.TRANSACTION_KIND_AUTHORIZATION,
        ...{ paymentId: '', orderId, providerReference: hold.id, ourAmount: undefined, providerAmount: euros(7) },
      },
    ]);
    const { body } = await askAdminPort(h.adminAddress, '/metrics');
    expect(body).toMatch(/^tradewind_payment_discrepancies\{kind="unknown-here",.*\} 1$/m);

    await atTheProvider(h, `/v1/authorizations/${hold.id}/void`);
    expect(await reconcile(h)).toMatchObject({ foundCount: 0, openCount: 0 });
    expect(await discrepancies(h)).toEqual([]);
    expect(await discrepancies(h, true)).toMatchObject([{ resolveTime: expect.any(Date) }]);
  });

  it('lists what the provider did to our payment and nobody here asked for', async () => {
    const payment = await authorized(h);
    const path = `/v1/authorizations/${payment.providerReference}/capture`;
    const { capture } = await atTheProvider(h, path, { amount: 1_500 });
    expect(await reconcile(h)).toMatchObject({ openCount: 1 });
    expect(await discrepancies(h)).toMatchObject([
      {
        kind: DiscrepancyKind.DISCREPANCY_KIND_UNKNOWN_HERE,
        transactionKind: TransactionKind.TRANSACTION_KIND_CAPTURE,
        ...{ paymentId: payment.id, orderId: payment.orderId, providerAmount: euros(15) },
      },
    ]);
    await book(h, payment, capture?.id ?? '', 1_500); // a person has seen to it
    expect(await reconcile(h)).toMatchObject({ openCount: 0 });
  });

  it('lists amounts that differ, and what only our ledger has', async () => {
    const [differs, missing] = [await authorized(h), await authorized(h)];
    const path = `/v1/authorizations/${differs.providerReference}/capture`;
    const { capture } = await atTheProvider(h, path, { amount: 1_500 });
    await book(h, differs, capture?.id ?? '', 1_499);
    await h.database.execute({
      name: 'reset',
      text: `UPDATE ledger_comparison SET compared_until = now() - interval '2 hours'`,
    });
    await book(h, missing, 'cap_nowhere', 2_000);
    expect(await reconcile(h)).toMatchObject({ openCount: 2 });
    const found = await discrepancies(h);
    expect(found).toHaveLength(2);
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: DiscrepancyKind.DISCREPANCY_KIND_DIFFERS,
          ...{ paymentId: differs.id, ourAmount: euros(14, 99), providerAmount: euros(15) },
        }),
        expect.objectContaining({
          kind: DiscrepancyKind.DISCREPANCY_KIND_UNKNOWN_AT_PROVIDER,
          ...{ paymentId: missing.id, ourAmount: euros(20), providerAmount: undefined },
        }),
      ]),
    );
    const pages = await h.client.listDiscrepancies({ pageSize: 1 });
    const next = await h.client.listDiscrepancies({ pageSize: 1, pageToken: pages.nextPageToken });
    expect([...pages.discrepancies, ...next.discrepancies]).toEqual(found);
    expect(next.nextPageToken).toBe('');
  });

  it('says so when the provider cannot be asked', async () => {
    await h.stopProvider();
    expect(await failure(h.client.reconcilePayments({}))).toMatchObject({ reason: 'PROVIDER_UNAVAILABLE' });
    await h.startProvider();
  });
});

describe('the comparison on a schedule', () => {
  it('books what was missing by itself', async () => {
    const h = await startHarness({ compareIntervalMs: 100 });
    try {
      const { id: paymentId } = await authorized(h, 'capture_reply_lost');
      await failure(h.client.capturePayment({ requestId: id(), paymentId }));
      await forgetPending(h);
      await eventually(async () => {
        const { payment } = await h.client.getPayment({ paymentId });
        expect(payment?.state).toBe(PaymentState.PAYMENT_STATE_CAPTURED);
      });
    } finally {
      await h.close();
    }
  });
});

describe('a payment process that is killed', () => {
  const children: ChildProcess[] = [];
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tradewind-payment-'));
  });
  afterAll(async () => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }),
    );
    await rm(folder, { recursive: true });
  });

  async function run<Ready>(file: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
    const child = fork(join(import.meta.dirname, file), args, {
      env: { PATH: process.env['PATH'], ...environment },
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    children.push(child);
    const [ready] = (await once(child, 'message')) as [Ready];
    return { child, ready };
  }

  it.each(['http/after/POST /v1/authorizations/{}/capture', 'http/before/POST /v1/authorizations/{}/capture'])(
    'at %s leaves nothing that a comparison does not put right',
    async (point) => {
      const home = await mkdtemp(join(folder, 'run-'));
      const provider = await run<{ http: string }>('../sandbox/run-sandbox.ts', ['payment-provider'], {
        DATA_DIR: home,
      });
      const { url, close } = await testDatabase();
      const environment = {
        ...{ DATABASE_URL: url.reveal(), LOG_LEVEL: 'fatal', PAGE_TOKEN_SECRET: 'x', INSTANCE_ID: 'payment-1' },
        ...{ PAYMENT_PROVIDER_URL: `http://${provider.ready.http}`, CRASH_POINTS_DIR: home },
        // The reconciler that asks by key is far away: only the comparison of the ledgers can find out.
        ...{ PAYMENT_SETTLE_AFTER_MS: '100', PAYMENT_RECONCILE_INTERVAL_MS: '3600000' },
      };
      const clients = createClientFactory({ from: 'test', retry: { maxAttempts: 1 } });
      const start = async () => {
        const { child, ready } = await run<{ grpc: string }>('run-payment.ts', [], environment);
        return { child, client: clients.client(PaymentServiceDefinition, `static:///${ready.grpc}`) };
      };
      try {
        const first = await start();
        const [userId, orderId] = [id(), id()];
        await first.client.addPaymentMethod({ requestId: id(), userId, card: cardThat('approve') });
        const amount = euros(20);
        const { payment } = await first.client.authorizePayment({ requestId: id(), orderId, userId, amount });
        await writeFile(join(home, 'payment-1.arm'), point);
        const capture = { requestId: id(), paymentId: payment?.id ?? '' };
        const dead = once(first.child, 'exit');
        await failure(first.client.capturePayment(capture));
        await dead;
        await access(join(home, 'payment-1.hit'));

        const { client } = await start();
        const booked = async () => {
          await client.reconcilePayments({});
          return (await client.getPayment({ paymentId: capture.paymentId })).payment?.state;
        };
        const isTaken = point.startsWith('http/after');
        if (isTaken) await eventually(async () => expect(await booked()).toBe(PaymentState.PAYMENT_STATE_CAPTURED));
        else {
          // The provider never heard of it: nothing to book, and the caller's repeat carries it out.
          expect(await booked()).toBe(PaymentState.PAYMENT_STATE_CAPTURING);
          await client.capturePayment(capture);
        }
        const { transactions } = await client.listTransactions({ paymentId: capture.paymentId });
        expect(transactions.map(({ reconciled }) => reconciled)).toEqual([false, isTaken, isTaken]);
        const said = await fetch(`http://${provider.ready.http}/v1/summary?reference=${orderId}`);
        expect(((await said.json()) as Summary).references).toMatchObject([{ captured: 2000, captures: 1, held: 0 }]);
        expect(await client.reconcilePayments({})).toMatchObject({ openCount: 0 });
      } finally {
        await clients.close();
        for (const child of children) child.kill('SIGKILL');
        await close();
      }
    },
    60_000,
  );
});
