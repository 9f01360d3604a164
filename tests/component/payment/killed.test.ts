import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { PaymentServiceDefinition, PaymentState, type Payment } from '../../../gen/tradewind/payment/v1/payment.ts';
import { createClientFactory } from '../../../src/chassis/client/index.ts';
import {
  createPaymentProvider,
  type PaymentProvider,
  type Summary,
} from '../../../src/sandbox/payment-provider/index.ts';
import { controlCrashPoints } from '../../support/crash-points.ts';
import { eventually } from '../../support/eventually.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';
import { cardThat, euros, failure } from './harness.ts';

const id = () => crypto.randomUUID();

type Client = Awaited<ReturnType<typeof startProcess>>['client'];
/** A command whose process dies, and what it leads to. */
interface Case {
  /** Brings an authorized payment, or an order without any, to where the command starts. */
  prepare(client: Client, order: Order): Promise<(client: Client) => Promise<Payment | undefined>>;
  readonly ends: PaymentState;
  /** By the provider's own account, in minor units. */
  readonly witness: object;
  /** The ledger's kinds, by name. */
  readonly ledger: readonly string[];
  /** What the outbox says, in order. */
  readonly events: readonly string[];
  /** The route of the exchange, and the statements that plan and record, as crash points. */
  readonly points: readonly string[];
}
type Order = ReturnType<typeof order>;

const order = (userId: string) => ({ requestId: id(), orderId: id(), userId, amount: euros(20) });
const authorized = async (client: Client, request: Order) => (await client.authorizePayment(request)).payment!.id;
const captured = async (client: Client, request: Order) => {
  const paymentId = await authorized(client, request);
  await client.capturePayment({ requestId: id(), paymentId });
  return paymentId;
};
const around = (route: string, record: string) => [
  `http/before/POST ${route}`,
  `http/after/POST ${route}`,
  `database/before/${record}`,
  `database/after/${record}`,
];

const CASES: Readonly<Record<string, Case>> = {
  authorization: {
    prepare: async (_first, request) => async (client) => (await client.authorizePayment(request)).payment,
    ends: PaymentState.PAYMENT_STATE_AUTHORIZED,
    witness: { held: 2000, captured: 0, authorizations: 1 },
    ledger: ['AUTHORIZATION'],
    events: ['authorized'],
    points: ['database/after/write-payments', ...around('/v1/authorizations', 'write-payments 2')],
  },
  capture: {
    async prepare(first, request) {
      const command = { requestId: id(), paymentId: await authorized(first, request) };
      return async (client) => (await client.capturePayment(command)).payment;
    },
    ends: PaymentState.PAYMENT_STATE_CAPTURED,
    witness: { held: 0, captured: 2000, captures: 1 },
    ledger: ['AUTHORIZATION', 'CAPTURE', 'RELEASE'],
    events: ['authorized', 'captured'],
    points: ['database/after/write-payments', ...around('/v1/authorizations/{}/capture', 'write-payments 2')],
  },
  void: {
    async prepare(first, request) {
      await authorized(first, request);
      const command = { requestId: id(), target: { $case: 'orderId', value: request.orderId } } as const;
      return async (client) => (await client.voidPayment(command)).payment;
    },
    ends: PaymentState.PAYMENT_STATE_VOIDED,
    witness: { held: 0, captured: 0, authorizations: 1 },
    ledger: ['AUTHORIZATION', 'RELEASE'],
    events: ['authorized', 'voided'],
    points: around('/v1/authorizations/{}/void', 'append-events'),
  },
  refund: {
    async prepare(first, request) {
      const command = { requestId: id(), paymentId: await captured(first, request), amount: euros(12) };
      return async (client) => (await client.refundPayment(command)).payment;
    },
    ends: PaymentState.PAYMENT_STATE_PARTIALLY_REFUNDED,
    witness: { held: 0, captured: 2000, refunded: 1200, refunds: 1 },
    ledger: ['AUTHORIZATION', 'CAPTURE', 'REFUND', 'RELEASE'],
    events: ['authorized', 'captured', 'refunded'],
    points: around('/v1/captures/{}/refund', 'append-events'),
  },
};

const RUNS = Object.entries(CASES).flatMap(([command, { points }]) => points.map((point) => [command, point] as const));

describe('a payment process that is killed', () => {
  let folder: string;
  let test: TestDatabase;
  let provider: PaymentProvider;
  let service: Awaited<ReturnType<typeof startProcess>>;
  let userId: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tradewind-killed-'));
    provider = await createPaymentProvider({ ledgerFile: join(folder, 'ledger.jsonl') });
    test = await testDatabase();
    service = await start();
    userId = id();
    await service.client.addPaymentMethod({ requestId: id(), userId, card: cardThat('approve') });
  });
  afterAll(async () => {
    await service.end();
    await provider.close();
    await test.close();
    await rm(folder, { recursive: true });
  });

  const start = () => startProcess({ folder, providerUrl: provider.url, databaseUrl: test.url.reveal() });

  it.each(RUNS)('carries the %s out once when it dies at %s', async (name, point) => {
    const { prepare, ends, witness, ledger, events } = CASES[name]!;
    const request = order(userId);
    const command = await prepare(service.client, request);
    const points = controlCrashPoints(folder);
    points.arm({ process: 'payment', point });
    await failure(command(service.client));
    await service.died;
    expect(points.diedAtMs('payment')).toBeDefined();
    service = await start();

    // Nobody repeats the command, yet.
    const settled = await eventually(
      async () => {
        const { payments } = await service.client.listPayments({ orderId: request.orderId });
        expect(payments.map(({ state }) => state)).toEqual([ends]);
        return payments[0]!;
      },
      { timeoutMs: 10_000 },
    );
    // Whoever repeats it is told what it came to.
    expect(await command(service.client)).toMatchObject({ id: settled.id, state: ends });
    const response = await fetch(`${provider.url}/v1/summary?reference=${request.orderId}`);
    expect(((await response.json()) as Summary).references).toMatchObject([witness]);
    expect(await ledgerOf(settled.id)).toEqual(ledger);
    expect(await eventsOf(settled.id)).toEqual(events.map((type, index) => `${index + 1} payment.${type}`));
  });

  async function ledgerOf(paymentId: string): Promise<readonly string[]> {
    const text = 'SELECT kind FROM ledger_transaction WHERE payment_id = $1 ORDER BY kind';
    const rows = await test.database.rows<{ readonly kind: string }>({ name: 'ledger', text }, [paymentId]);
    return rows.map(({ kind }) => kind);
  }

  async function eventsOf(paymentId: string): Promise<readonly string[]> {
    const text = 'SELECT sequence, type FROM outbox WHERE aggregate_id = $1 ORDER BY position';
    const rows = await test.database.rows<{ readonly sequence: bigint; readonly type: string }>(
      { name: 'events', text },
      [paymentId],
    );
    return rows.map(({ sequence, type }) => `${sequence} ${type}`);
  }
});

/** The payment process, which dies where it is told to. */
async function startProcess(options: {
  readonly folder: string;
  readonly providerUrl: string;
  readonly databaseUrl: string;
}) {
  const child = fork(fileURLToPath(new URL('./payment-main.ts', import.meta.url)), {
    env: {
      PATH: process.env['PATH'] ?? '',
      ...(process.env['NODE_COMPILE_CACHE'] && { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] }),
      DATABASE_URL: options.databaseUrl,
      PAYMENT_PROVIDER_URL: options.providerUrl,
      PAYMENT_SETTLE_AFTER_MS: '300',
      PAYMENT_RECONCILE_INTERVAL_MS: '50',
      PAGE_TOKEN_SECRET: 'component-test',
      CRASH_POINTS_DIR: options.folder,
      INSTANCE_ID: 'payment',
      LOG_LEVEL: 'silent',
    },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const died = once(child, 'exit');
  const [{ grpc }] = (await once(child, 'message')) as [{ readonly grpc: string }];
  const clients = createClientFactory({ from: 'test', retry: { maxAttempts: 1 } });
  return {
    client: clients.client(PaymentServiceDefinition, `static:///${grpc}`),
    died: died.then(() => clients.close()),
    async end() {
      child.kill('SIGKILL');
      await died;
      await clients.close();
    },
  };
}
