import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';

import { ShippingServiceDefinition, type Shipment } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { createClientFactory } from '../../../src/chassis/client/index.ts';
import { AppError } from '../../../src/chassis/core/index.ts';
import { startService } from '../../../src/chassis/lifecycle/index.ts';
import { createStaticRegistry } from '../../../src/chassis/registry/index.ts';
import { createCarrier } from '../../../src/sandbox/carrier/index.ts';
import { shippingService } from '../../../src/services/shipping/service.ts';
import { testDatabase } from '../../support/postgres.ts';

/** How late the carrier's late addresses are: later than the service waits for an answer. */
const LATE_MS = 1_500;

/** The shipping process on real PostgreSQL and the real sandbox carrier, called over gRPC. Retries are off: each call is one. */
export type Harness = Awaited<ReturnType<typeof startHarness>>;

/**
 * `settleAfterMs`: when the reconciler takes things up; far away unless a test is about it. `timeoutMs`: how long the
 * service waits for the carrier; longer where a busy machine must not look like a lost answer. `hourMs`: an hour of a
 * parcel's journey. `replicas`: the processes on the one database; `client` calls the first.
 */
export async function startHarness({
  settleAfterMs = 600_000,
  timeoutMs = 600,
  hourMs = 3_600_000,
  replicas = 1,
} = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-shipping-'));
  const ledgerFile = join(folder, 'ledger.jsonl');
  type Carrier = Awaited<ReturnType<typeof createCarrier>>;
  let carrier: Carrier | undefined = await createCarrier({ ledgerFile, lateMs: LATE_MS, hourMs });
  const carrierUrl = carrier.url;
  const { url, database, close: closeDatabase } = await testDatabase();
  const environment = {
    DATABASE_URL: url.reveal(),
    SHUTDOWN_GRACE_MS: '0',
    PAGE_TOKEN_SECRET: 'component-test',
    CARRIER_URL: carrierUrl,
    CARRIER_TIMEOUT_MS: String(timeoutMs),
    SHIPPING_SETTLE_AFTER_MS: String(settleAfterMs),
    SHIPPING_RECONCILE_INTERVAL_MS: '50',
    SHIPPING_TRACK_INTERVAL_MS: '50',
    SHIPPING_TRACK_MAX_INTERVAL_MS: '100',
  };
  const start = () =>
    startService(shippingService, environment, {
      registry: createStaticRegistry([]),
      logTo: new Writable({ write: (_line, _encoding, done) => done() }),
      // "admin" or a user's id: what a verified token would say.
      authentication: () => async (token) => ({ userId: token, roles: [token === 'admin' ? 'admin' : 'customer'] }),
    });
  const services: Awaited<ReturnType<typeof start>>[] = [];
  for (let count = 0; count < replicas; count += 1) services.push(await start());
  let clients = createClientFactory({ from: 'test', retry: { maxAttempts: 1 } });
  const clientOf = (index: number) =>
    clients.client(ShippingServiceDefinition, `static:///${services[index]?.grpc ?? 'none'}`);
  let client = clientOf(0);

  async function stopServices() {
    await clients.close();
    await Promise.all(services.splice(0).map((service) => service.stop()));
  }

  return {
    get client() {
      return client;
    },
    /** A client of another replica. */
    clientOf,
    database,
    async restartService() {
      await stopServices();
      services.push(await start());
      clients = createClientFactory({ from: 'test', retry: { maxAttempts: 1 } });
      client = clientOf(0);
    },
    stopFirst: () => services[0]?.stop(),
    async stopCarrier() {
      await carrier?.close();
      carrier = undefined;
    },
    async startCarrier() {
      carrier = await createCarrier({ ledgerFile, port: Number(new URL(carrierUrl).port), lateMs: LATE_MS, hourMs });
    },
    /** The parcels the carrier has of an order, by its own account. */
    async witness(orderId: string) {
      const response = await fetch(`${carrierUrl}/v1/shipments?reference=${orderId}`);
      const { shipments } = (await response.json()) as { shipments: { id: string; status: string }[] };
      return shipments.map(({ status }) => status);
    },
    /** What the carrier itself says of an order's parcels. */
    async carrierOf(orderId: string) {
      const response = await fetch(`${carrierUrl}/v1/shipments?reference=${orderId}`);
      const { shipments } = (await response.json()) as { shipments: { status: string; weightGrams: number }[] };
      return shipments;
    },
    /** An arranged shipment. */
    async arranged(change: object = {}): Promise<Shipment> {
      const { shipment } = await client.arrangeShipment(parcel(change));
      if (shipment === undefined) throw new Error('no shipment came back');
      return shipment;
    },
    async close() {
      await stopServices();
      await carrier?.close();
      await closeDatabase();
      await rm(folder, { recursive: true });
    },
  };
}

/** A request of its own for a parcel to a postal code; see the carrier's test addresses. */
export function parcelTo(postalCode: string, countryCode = 'DE') {
  return parcel({ address: { ...ADDRESS, postalCode, countryCode } });
}

/** A request of its own, with a change. */
export function parcel(change: object = {}) {
  return {
    requestId: crypto.randomUUID(),
    orderId: crypto.randomUUID(),
    userId: crypto.randomUUID(),
    address: ADDRESS,
    items: [{ productId: crypto.randomUUID(), quantity: 2, weightGrams: 300 }],
    ...change,
  };
}

const ADDRESS = {
  recipient: 'Ada Lovelace',
  lines: ['Augustusplatz 10'],
  city: 'Leipzig',
  postalCode: '04109',
  region: '',
  countryCode: 'DE',
};

/** The error a call ends with; a call that succeeds is a failed test. */
export async function failure(call: Promise<unknown>): Promise<AppError> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof AppError) return outcome.error;
  throw new Error(`expected an AppError, got ${String('error' in outcome ? outcome.error : 'an answer')}`);
}
