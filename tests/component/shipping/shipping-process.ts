import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  ShippingServiceDefinition,
  type Shipment,
  type ShipmentState,
} from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { createCarrier, type Carrier } from '../../../src/sandbox/carrier/index.ts';
import { shippingService } from '../../../src/services/shipping/service.ts';
import { eventually } from '../../support/eventually.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import { startTestService } from '../../support/service.ts';

/** How late the carrier's late addresses are; the service waits 300 ms for an answer. */
const LATE_MS = 900;

/** The shipping process on real PostgreSQL and the real carrier stand-in, called over gRPC. */
export type Harness = Awaited<ReturnType<typeof startHarness>>;

/**
 * `hourMs`: how fast parcels go; they stand still unless a test is about it. `settleAfterMs`: when the reconciler takes
 * things up; far away likewise.
 */
export async function startHarness({
  hourMs = 3_600_000,
  settleAfterMs = 600_000,
  database,
  carrierUrl,
}: {
  readonly hourMs?: number;
  readonly settleAfterMs?: number;
  readonly database?: TestDatabase;
  /** Another harness's carrier, for a second instance. */
  readonly carrierUrl?: string;
} = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-carrier-'));
  const made = { ledgerFile: join(folder, 'ledger.jsonl'), hourMs, lateMs: LATE_MS };
  let carrier: Carrier | undefined = carrierUrl === undefined ? await createCarrier(made) : undefined;
  const url = carrierUrl ?? carrier?.url ?? '';
  const service = await startTestService(
    shippingService,
    {
      CARRIER_URL: url,
      CARRIER_TIMEOUT_MS: '300',
      SHIPPING_SETTLE_AFTER_MS: String(settleAfterMs),
      SHIPPING_RECONCILE_INTERVAL_MS: '50',
      SHIPPING_TRACK_INTERVAL_MS: '50',
      SHIPPING_TRACK_MAX_INTERVAL_MS: '100',
    },
    { ...(database && { database }) },
  );
  let client = service.client(ShippingServiceDefinition);

  return {
    service,
    carrierUrl: url,
    get client() {
      return client;
    },
    async restart() {
      await service.restart();
      client = service.client(ShippingServiceDefinition);
    },
    async stopCarrier() {
      await carrier?.close();
      carrier = undefined;
    },
    async startCarrier() {
      carrier = await createCarrier({ ...made, port: Number(new URL(url).port) });
    },
    /** What the carrier did, by its own account: "CREATED" and "CANCELLED", each with the tracking number. */
    async carrierLog() {
      const response = await fetch(`${url}/v1/operations?limit=1000`);
      return ((await response.json()) as { operations: { type: string; trackingNumber: string }[] }).operations;
    },
    /** The parcels the carrier took for a shipment's order, by where they stand: "CREATED", "CANCELLED". */
    async parcelsOf(orderId: string) {
      const response = await fetch(`${url}/v1/shipments?reference=${orderId}`);
      const { shipments } = (await response.json()) as { shipments: { status: string }[] };
      return shipments.map(({ status }) => status);
    },
    /** The order's shipments, newest first. */
    async ofOrder(orderId: string): Promise<readonly Shipment[]> {
      return (await client.listShipments({ orderId })).shipments;
    },
    /** Waits until the shipment stands there. */
    until(shipmentId: string, state: ShipmentState): Promise<Shipment> {
      return eventually(async () => {
        const { shipment } = await client.getShipment({ shipmentId });
        if (shipment?.state !== state) throw new Error(`is ${shipment?.state}`);
        return shipment;
      });
    },
    async close() {
      await service.close();
      await carrier?.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** An address that the carrier treats so; see the stand-in's test addresses. */
export function address(postalCode = '10115', change: object = {}) {
  return {
    recipient: 'Ada Lovelace',
    lines: ['Chausseestraße 1'],
    city: 'Berlin',
    postalCode,
    region: '',
    countryCode: 'DE',
    ...change,
  };
}

/** A request that is as it should be. */
export function request(change: object = {}) {
  return {
    requestId: crypto.randomUUID(),
    orderId: crypto.randomUUID(),
    userId: crypto.randomUUID(),
    address: address(),
    items: [{ productId: crypto.randomUUID(), quantity: 2, weightGrams: 300 }],
    ...change,
  };
}
