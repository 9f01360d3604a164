import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ShipmentState, type ShipmentEvent } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import type { AppError } from '../../../src/chassis/core/index.ts';
import { eventually } from '../../support/eventually.ts';
import { failure, parcel, parcelTo, startHarness, type Harness } from './harness.ts';

/** An hour of a journey: a parcel is at the door after about a second. */
const HOUR_MS = 20;

describe('the tracker', () => {
  let h: Harness;
  beforeAll(async () => (h = await startHarness({ timeoutMs: 5_000, hourMs: HOUR_MS, replicas: 2 })));
  afterAll(() => h.close());

  it('goes on where it was after the carrier was down', async () => {
    const { id: shipmentId } = await h.arranged();
    await eventually(async () => {
      const { shipment } = await h.client.getShipment({ shipmentId });
      expect(shipment?.lastPosition).toBeGreaterThan(1n);
    });
    await h.stopCarrier();
    const before = (await h.client.getShipment({ shipmentId })).events;
    await h.startCarrier();
    await eventually(
      async () => {
        const { shipment, events } = await h.client.getShipment({ shipmentId });
        expect(shipment?.state).toBe(ShipmentState.SHIPMENT_STATE_DELIVERED);
        expect(events.slice(0, before.length)).toEqual(before);
        expect(events.map(({ position }) => position)).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
      },
      { timeoutMs: 10_000 },
    );
  });

  it('leaves alone what is final', async () => {
    const { metadata } = await failure(h.client.arrangeShipment(parcelTo('00000')));
    const shipmentId = metadata['shipment_id'] ?? '';
    const { shipment } = await h.client.getShipment({ shipmentId });
    const other = await h.arranged();
    await eventually(async () => {
      const { shipment: moving } = await h.client.getShipment({ shipmentId: other.id });
      expect(moving?.state).toBe(ShipmentState.SHIPMENT_STATE_DELIVERED);
    });
    expect((await h.client.getShipment({ shipmentId })).shipment).toEqual(shipment);
  });

  it('and a cancellation race to one end, which carrier and shipment agree on', async () => {
    const ends = new Set<ShipmentState>();
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const request = index % 4 === 0 ? parcelTo('00011') : parcel();
        const { shipment } = await h.client.arrangeShipment(request);
        // Around the moment of the pick-up, four hours in.
        const fromMs = shipment!.createTime!.getTime() + index * 8;
        await eventually(() => expect(Date.now()).toBeGreaterThanOrEqual(fromMs), { intervalMs: 5 });
        const target = { $case: 'orderId', value: request.orderId } as const;
        await h
          .clientOf(index % 2)
          .cancelShipment({ requestId: crypto.randomUUID(), target })
          .catch((error: AppError) => expect(error.reason).toBe('SHIPMENT_STATE_CONFLICT'));
        const { state, events } = await eventually(async () => {
          const { shipments } = await h.client.listShipments({ orderId: request.orderId });
          const history = await h.client.getShipment({ shipmentId: shipments[0]!.id });
          const { state: last } = history.shipment!;
          expect([ShipmentState.SHIPMENT_STATE_CANCELLED, ShipmentState.SHIPMENT_STATE_DELIVERED]).toContain(last);
          return { state: last, events: history.events };
        });
        ends.add(state);
        expect(await h.witness(request.orderId)).toEqual([
          state === ShipmentState.SHIPMENT_STATE_CANCELLED ? 'CANCELLED' : 'DELIVERED',
        ]);
        expect(events.map(({ position }) => position)).toEqual(events.map((_event, place) => BigInt(place + 1)));
      }),
    );
    expect(ends).toContain(ShipmentState.SHIPMENT_STATE_DELIVERED);
  });
});

describe('TrackShipments', () => {
  let h: Harness;
  beforeAll(async () => (h = await startHarness({ timeoutMs: 5_000, hourMs: HOUR_MS, replicas: 2 })));
  afterAll(() => h.close());

  async function* subscribing(shipmentId: string, afterPosition: bigint) {
    yield { action: { $case: 'subscribe' as const, value: { subscriptions: [{ shipmentId, afterPosition }] } } };
  }

  it('waits for a client that takes its time, and then has everything for it', async () => {
    const { id } = await h.arranged();
    const seen: ShipmentEvent[] = [];
    for await (const { update } of h.client.trackShipments(subscribing(id, 0n))) {
      if (update?.$case === 'subscribed') {
        await eventually(async () => {
          const { shipment } = await h.client.getShipment({ shipmentId: id });
          expect(shipment?.state).toBe(ShipmentState.SHIPMENT_STATE_DELIVERED);
        });
      }
      if (update?.$case === 'event') seen.push(update.value);
    }
    const { events } = await h.client.getShipment({ shipmentId: id });
    expect(seen).toEqual(events);
  });

  it('ends with UNAVAILABLE when its server stops, and goes on with another from the last position', async () => {
    const { id } = await h.arranged();
    const seen: ShipmentEvent[] = [];
    async function follow(client: Harness['client'], onEvent: () => Promise<void>) {
      for await (const { update } of client.trackShipments(subscribing(id, seen.at(-1)?.position ?? 0n))) {
        if (update?.$case !== 'event') continue;
        seen.push(update.value);
        await onEvent();
      }
    }
    const broken = follow(h.client, async () => void h.stopFirst());
    await expect(broken).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    await follow(h.clientOf(1), async () => undefined);
    expect(seen.map(({ position }) => position)).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
    expect(seen.at(-1)?.state).toBe(ShipmentState.SHIPMENT_STATE_DELIVERED);
  });
});
