import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createCarrier } from '../../../src/sandbox/carrier/index.ts';
import { createApi, createFolder, createSteppedClock } from './support.ts';

const HOUR_MS = 1_000;

describe('createCarrier', () => {
  let folder: Awaited<ReturnType<typeof createFolder>>;
  let clock: ReturnType<typeof createSteppedClock>;
  let carrier: Awaited<ReturnType<typeof createCarrier>>;
  const { get, post, byKey } = createApi(() => carrier.url);

  const start = (hourMs = HOUR_MS) =>
    createCarrier({ ledgerFile: folder.file('ledger.jsonl'), clock, hourMs, lateMs: 100 });
  const arrange = (change: object = {}, key = 'saga-1/arrange', service = 'standard') =>
    post('/v1/shipments', key, {
      reference: 'order-1',
      service,
      address: {
        recipient: 'Ada',
        lines: ['1 Main St'],
        city: 'Bonn',
        postalCode: '53111',
        countryCode: 'DE',
        ...change,
      },
    });
  const statuses = async (id: string) =>
    (await get(`/v1/shipments/${id}/events`)).body.events.map(({ status }: { status: string }) => status);

  beforeEach(async () => {
    folder = await createFolder();
    clock = createSteppedClock(Date.UTC(2030, 0, 1));
    carrier = await start();
  });
  afterEach(async () => {
    await carrier.close();
    await folder.remove();
  });

  it('takes a parcel to its door while time goes by', async () => {
    const { status, body } = await arrange();
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'CREATED', trackingNumber: expect.stringMatching(/^TW[0-9A-F]{14}$/) });
    expect(await statuses(body.id)).toEqual(['CREATED']);
    clock.advance(4 * HOUR_MS);
    expect(await statuses(body.id)).toEqual(['CREATED', 'PICKED_UP']);
    clock.advance(44 * HOUR_MS);
    const all = ['CREATED', 'PICKED_UP', 'IN_TRANSIT', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED'];
    expect(await statuses(body.id)).toEqual(all);
    expect((await get(`/v1/shipments/${body.id}`)).body.status).toBe('DELIVERED');
    expect((await get(`/v1/shipments/${body.id}/events?after=5`)).body).toMatchObject({
      events: [{ sequence: 6, status: 'DELIVERED', location: 'Bonn, DE', occurredAt: body.estimatedDeliveryAt }],
      nextAfter: 6,
      final: true,
    });
  });

  it('tells what is new of many parcels at once', async () => {
    const { id: moving } = (await arrange({}, 'a')).body;
    clock.advance(4 * HOUR_MS);
    const { id: fresh } = (await arrange({}, 'b')).body;
    const asked = [
      { id: moving, after: 1 },
      { id: fresh, after: 1 },
      { id: 'shp_never', after: 0 },
    ];
    expect((await post('/v1/tracking', '', { shipments: asked })).body).toEqual({
      shipments: [{ id: moving, events: [expect.objectContaining({ sequence: 2, status: 'PICKED_UP' })] }],
      unknown: ['shp_never'],
    });
    const tooMany = Array.from({ length: 101 }, () => ({ id: moving, after: 0 }));
    for (const shipments of [[], tooMany, [{ id: moving }]]) {
      expect(await post('/v1/tracking', '', { shipments })).toMatchObject({ status: 400 });
    }
  });

  it('takes half the time by express', async () => {
    const { id } = (await arrange({}, 'k', 'express')).body;
    clock.advance(24 * HOUR_MS);
    expect((await statuses(id)).at(-1)).toBe('DELIVERED');
  });

  it('cancels until pick-up, once', async () => {
    const { id } = (await arrange()).body;
    clock.advance(HOUR_MS);
    expect(await post(`/v1/shipments/${id}/cancel`, 'c')).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
    expect(await post(`/v1/shipments/${id}/cancel`, 'c')).toMatchObject({ status: 200, replayed: true });
    expect(await post(`/v1/shipments/${id}/cancel`, 'd')).toMatchObject({
      status: 409,
      body: { error: { code: 'SHIPMENT_CANCELLED' } },
    });
    clock.advance(100 * HOUR_MS);
    expect(await statuses(id)).toEqual(['CREATED', 'CANCELLED']);
  });

  it('does not cancel what is picked up or never was', async () => {
    const { id } = (await arrange({ postalCode: '00011' })).body;
    expect(await post(`/v1/shipments/${id}/cancel`, 'c')).toMatchObject({
      status: 409,
      body: { error: { code: 'SHIPMENT_PICKED_UP' } },
    });
    expect(await post('/v1/shipments/shp_x/cancel', 'd')).toMatchObject({
      status: 404,
      body: { error: { code: 'SHIPMENT_NOT_FOUND' } },
    });
  });

  it.each([
    [{ postalCode: '00000' }, 'address_unknown'],
    [{ countryCode: 'XX' }, 'country_not_served'],
    [{ countryCode: 'AQ' }, 'country_not_served'],
  ])('refuses %j and keeps nothing', async (change, refusalCode) => {
    expect(await arrange(change)).toMatchObject({
      status: 422,
      body: { error: { code: 'ADDRESS_REFUSED', refusalCode } },
    });
    expect((await get('/v1/operations')).body.operations).toEqual([]);
  });

  it.each([
    ['00008', ['OUT_FOR_DELIVERY', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED']],
    ['00009', ['OUT_FOR_DELIVERY', 'IN_TRANSIT', 'RETURNED']],
    ['00010', ['IN_TRANSIT', 'LOST']],
  ])('parcels to %s end by %j', async (postalCode, end) => {
    const { id } = (await arrange({ postalCode })).body;
    clock.advance(1_000 * HOUR_MS);
    expect((await statuses(id)).slice(-end.length)).toEqual(end);
  });

  it('arranges once for a lost answer, for 50 racers, and over a restart', async () => {
    await expect(arrange({ postalCode: '00001' })).rejects.toThrow();
    const { body } = await arrange({ postalCode: '00001' });
    const racers = await Promise.all(Array.from({ length: 50 }, () => arrange({}, 'race')));
    expect(new Set(racers.map((answer) => answer.body.id)).size).toBe(1);
    await carrier.close();
    carrier = await start(7 * HOUR_MS);
    expect(await arrange({ postalCode: '00001' })).toMatchObject({ status: 201, replayed: true, body });
    expect(await byKey('race')).toMatchObject({ body: { status: 'DONE', operation: { type: 'CREATED' } } });
    expect((await get('/v1/shipments?reference=order-1')).body.shipments).toHaveLength(2);
    clock.advance(4 * HOUR_MS); // the speed is the one it was arranged at
    expect((await get(`/v1/shipments/${body.id}`)).body.status).toBe('PICKED_UP');
  });

  it('refuses another body under a used key, and bad bodies with every field', async () => {
    await arrange();
    expect((await arrange({ city: 'Köln' })).body.error.code).toBe('IDEMPOTENCY_KEY_REUSED');
    const { status, body } = await arrange({ countryCode: 'de', lines: [] }, 'other');
    expect(status).toBe(400);
    expect(body.error.fields.map(({ path }: { path: string }) => path)).toEqual([
      'address.lines',
      'address.countryCode',
    ]);
  });
});
