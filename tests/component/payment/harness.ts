import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';

import { PaymentServiceDefinition } from '../../../gen/tradewind/payment/v1/payment.ts';
import { createClientFactory } from '../../../src/chassis/client/index.ts';
import { AppError } from '../../../src/chassis/core/index.ts';
import { startService } from '../../../src/chassis/lifecycle/index.ts';
import { createStaticRegistry } from '../../../src/chassis/registry/index.ts';
import {
  createPaymentProvider,
  TEST_CARDS,
  type Behaviour,
  type Summary,
} from '../../../src/sandbox/payment-provider/index.ts';
import { paymentService } from '../../../src/services/payment/service.ts';
import { testDatabase } from '../../support/postgres.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';

/** How late the provider's late cards are: later than the service waits for an answer. */
const LATE_MS = 1_500;

/** The payment process on real PostgreSQL and the real sandbox provider, called over gRPC. Retries are off: each call is one. */
export type Harness = Awaited<ReturnType<typeof startHarness>>;

/**
 * `settleAfterMs`: when the reconciler takes things up; far away unless a test is about it. `timeoutMs`: how long the
 * service waits for the provider; longer where a busy machine must not look like a lost answer. `compareIntervalMs`:
 * between two comparisons of the ledgers. `network` lies between the service and the provider.
 */
export async function startHarness({ settleAfterMs = 600_000, timeoutMs = 600, compareIntervalMs = 600_000 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-payment-'));
  const ledgerFile = join(folder, 'ledger.jsonl');
  type Provider = Awaited<ReturnType<typeof createPaymentProvider>>;
  let provider: Provider | undefined = await createPaymentProvider({ ledgerFile, lateMs: LATE_MS });
  const providerUrl = provider.url;
  const network = await startTcpProxy(new URL(providerUrl).host);
  const { url, database, close: closeDatabase } = await testDatabase();
  const log: string[] = [];
  const logTo = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  const environment = {
    DATABASE_URL: url.reveal(),
    LOG_LEVEL: 'trace',
    SHUTDOWN_GRACE_MS: '0',
    PAGE_TOKEN_SECRET: 'component-test',
    PAYMENT_PROVIDER_URL: `http://${network.address}`,
    PAYMENT_PROVIDER_TIMEOUT_MS: String(timeoutMs),
    PAYMENT_SETTLE_AFTER_MS: String(settleAfterMs),
    PAYMENT_RECONCILE_INTERVAL_MS: '50',
    PAYMENT_COMPARE_INTERVAL_MS: String(compareIntervalMs),
  };
  const start = () =>
    startService(paymentService, environment, {
      registry: createStaticRegistry([]),
      logTo,
      // "admin" or a user's id: what a verified token would say.
      authentication: () => async (token) => ({ userId: token, roles: [token === 'admin' ? 'admin' : 'customer'] }),
    });
  let service = await start();
  let clients = createClientFactory({ from: 'test', retry: { maxAttempts: 1 } });
  let client = clients.client(PaymentServiceDefinition, `static:///${service.grpc}`);

  async function stopService() {
    await clients.close();
    await service.stop();
  }

  return {
    get client() {
      return client;
    },
    database,
    log,
    network,
    providerUrl,
    get adminAddress() {
      return service.http;
    },
    async restartService() {
      await stopService();
      service = await start();
      clients = createClientFactory({ from: 'test', retry: { maxAttempts: 1 } });
      client = clients.client(PaymentServiceDefinition, `static:///${service.grpc}`);
    },
    async stopProvider() {
      await provider?.close();
      provider = undefined;
    },
    async startProvider() {
      const port = Number(new URL(providerUrl).port);
      provider = await createPaymentProvider({ ledgerFile, port, lateMs: LATE_MS });
    },
    /** What happened to one order's money, in minor units, by the provider's own account. */
    async witness(orderId: string) {
      const response = await fetch(`${providerUrl}/v1/summary?reference=${orderId}`);
      const { references } = (await response.json()) as Summary;
      return references[0] ?? { held: 0, captured: 0, refunded: 0, captures: 0, refunds: 0, authorizations: 0 };
    },
    /** A user with one card that does so. */
    async userWithCard(behaviour: Behaviour = 'approve') {
      const userId = crypto.randomUUID();
      const { paymentMethod } = await client.addPaymentMethod({
        requestId: crypto.randomUUID(),
        userId,
        card: cardThat(behaviour),
      });
      if (paymentMethod === undefined) throw new Error('no card was kept');
      return { userId, paymentMethod };
    },
    async close() {
      await stopService();
      await network.close();
      await provider?.close();
      await closeDatabase();
      await rm(folder, { recursive: true });
    },
  };
}

/** A card of the provider's test cards, with the rest as it should be. */
export function cardThat(behaviour: Behaviour) {
  const { number, brand } = TEST_CARDS[behaviour];
  const cvc: string = (brand as string) === 'amex' ? '9876' : '987';
  return { number, cvc, expiryMonth: 12, expiryYear: 2040, holderName: 'Ada Lovelace' };
}

/** So many cents. */
export function euros(units: number, cents = 0) {
  return { currencyCode: 'EUR', units: BigInt(units), nanos: cents * 10_000_000 };
}

/** The error a call ends with; a call that succeeds is a failed test. */
export async function failure(call: Promise<unknown>): Promise<AppError> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof AppError) return outcome.error;
  throw new Error(`expected an AppError, got ${String('error' in outcome ? outcome.error : 'an answer')}`);
}
