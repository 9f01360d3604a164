import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ServiceLevel, ShipmentState } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { failure, parcel, parcelTo, startHarness, type Harness } from './harness.ts';

let h: Harness;
beforeAll(async () => (h = await startHarness({ timeoutMs: 5_000 })));
afterAll(() => h.close());

const id = () => crypto.randomUUID();
const byOrder = (value: string) => ({ $case: 'orderId', value }) as const;
const byRequest = (value: string) => ({ $case: 'arrangeRequestId', value }) as const;
const byId = (value: string) => ({ $case: 'shipmentId', value }) as const;
const CANCELLED = { status: 'FAILED_PRECONDITION', reason: 'SHIPMENT_CANCELLED' };

describe('ArrangeShipment', () => {
  it('has the carrier accept the parcel, and shows it with its first event', async () => {
    const request = parcel();
    const { shipment } = await h.client.arrangeShipment(request);
    expect(shipment).toMatchObject({
      orderId: request.orderId,
      userId: request.userId,
      state: ShipmentState.SHIPMENT_STATE_ARRANGED,
      address: request.address,
      items: request.items,
      serviceLevel: ServiceLevel.SERVICE_LEVEL_STANDARD,
      carrier: 'Tradewind Parcel',
      trackingNumber: expect.stringMatching(/^TW/),
      refusalCode: '',
      estimatedDeliveryTime: expect.any(Date),
      lastPosition: 1n,
    });
    const read = await h.client.getShipment({ shipmentId: shipment!.id });
    expect(read.shipment).toEqual(shipment);
    expect(read.events).toMatchObject([
      { shipmentId: shipment!.id, position: 1n, state: ShipmentState.SHIPMENT_STATE_ARRANGED },
    ]);
    expect(await h.witness(request.orderId)).toEqual(['CREATED']);
  });

  it('answers a repeat as the first time, also after a cancellation, and sends one parcel', async () => {
    const request = parcel();
    const first = await h.client.arrangeShipment(request);
    expect(await h.client.arrangeShipment(request)).toEqual(first);
    await h.client.cancelShipment({ requestId: id(), target: byOrder(request.orderId) });
    expect(await h.client.arrangeShipment(request)).toEqual(first);
    expect(await h.witness(request.orderId)).toEqual(['CANCELLED']);
  });

  it('goes half as long when it is express', async () => {
    const standard = await h.arranged();
    const express = await h.arranged({ serviceLevel: ServiceLevel.SERVICE_LEVEL_EXPRESS });
    const wait = (shipment: typeof express) =>
      shipment.estimatedDeliveryTime!.getTime() - shipment.createTime!.getTime();
    expect(wait(express) / wait(standard)).toBeCloseTo(0.5, 2);
  });

  it.each([
    ['00000', 'DE', 'address_unknown'],
    ['04109', 'AQ', 'country_not_served'],
    ['04109', 'XX', 'country_not_served'],
  ])('keeps the refusal of %s %s', async (postalCode, country, code) => {
    const request = parcelTo(postalCode, country);
    const error = await failure(h.client.arrangeShipment(request));
    expect(error).toMatchObject({ status: 'FAILED_PRECONDITION', reason: 'ADDRESS_REFUSED' });
    expect(error.metadata).toEqual({ shipment_id: expect.any(String), carrier_code: code });
    const repeated = await failure(h.client.arrangeShipment(request));
    expect([repeated.reason, repeated.metadata]).toEqual([error.reason, error.metadata]);
    const { shipment, events } = await h.client.getShipment({ shipmentId: error.metadata['shipment_id']! });
    expect(shipment).toMatchObject({ state: ShipmentState.SHIPMENT_STATE_REFUSED, refusalCode: code, carrier: '' });
    expect(events).toMatchObject([{ position: 1n, state: ShipmentState.SHIPMENT_STATE_REFUSED }]);
    // Another address for the same order is another matter.
    const { shipment: second } = await h.client.arrangeShipment(parcel({ orderId: request.orderId }));
    expect(second?.state).toBe(ShipmentState.SHIPMENT_STATE_ARRANGED);
  });

  it('refuses a second shipment of an order, and keeps to that', async () => {
    const { id: shipmentId, orderId } = await h.arranged();
    const request = parcel({ orderId });
    expect(await failure(h.client.arrangeShipment(request))).toMatchObject({
      status: 'ALREADY_EXISTS',
      reason: 'ORDER_HAS_SHIPMENT',
      metadata: { shipment_id: shipmentId, state: 'ARRANGED' },
    });
    await h.client.cancelShipment({ requestId: id(), target: byId(shipmentId) });
    expect(await failure(h.client.arrangeShipment(request))).toMatchObject({ reason: 'ORDER_HAS_SHIPMENT' });
    expect((await h.client.arrangeShipment(parcel({ orderId }))).shipment?.state).toBe(
      ShipmentState.SHIPMENT_STATE_ARRANGED,
    );
    expect(await h.witness(orderId)).toEqual(['CANCELLED', 'CREATED']);
  });
});

describe('CancelShipment', () => {
  it.each([
    ['shipment_id', ({ shipmentId }: { shipmentId: string }) => byId(shipmentId)],
    ['arrange_request_id', ({ requestId }: { requestId: string }) => byRequest(requestId)],
    ['order_id', ({ orderId }: { orderId: string }) => byOrder(orderId)],
  ])('calls a shipment off that is named by %s', async (_name, target) => {
    const request = parcel();
    const { shipment } = await h.client.arrangeShipment(request);
    const undo = { requestId: id(), target: target({ ...request, shipmentId: shipment!.id }), reason: 'test' };
    const answer = await h.client.cancelShipment(undo);
    expect(answer.shipment).toMatchObject({
      id: shipment!.id,
      state: ShipmentState.SHIPMENT_STATE_CANCELLED,
      lastPosition: 2n,
    });
    expect(await h.client.cancelShipment(undo)).toEqual(answer);
    expect(await h.client.cancelShipment({ ...undo, requestId: id() })).toEqual(answer);
    expect(await h.witness(request.orderId)).toEqual(['CANCELLED']);
    const { events } = await h.client.getShipment({ shipmentId: shipment!.id });
    expect(events.map(({ position, state }) => [position, state])).toEqual([
      [1n, ShipmentState.SHIPMENT_STATE_ARRANGED],
      [2n, ShipmentState.SHIPMENT_STATE_CANCELLED],
    ]);
  });

  it.each([
    ['arrange_request_id', ({ requestId }: { requestId: string }) => byRequest(requestId)],
    ['order_id', ({ orderId }: { orderId: string }) => byOrder(orderId)],
  ])('accepts that nothing happened under an %s, and refuses the original that comes late', async (_name, target) => {
    const request = parcel();
    const undo = { requestId: id(), target: target(request) };
    expect(await h.client.cancelShipment(undo)).toEqual({ shipment: undefined });
    expect(await h.client.cancelShipment(undo)).toEqual({ shipment: undefined });
    expect(await failure(h.client.arrangeShipment(request))).toMatchObject(CANCELLED);
    expect(await failure(h.client.arrangeShipment(request))).toMatchObject(CANCELLED);
    expect(await h.client.cancelShipment({ ...undo, requestId: id() })).toEqual({ shipment: undefined });
    expect(await h.witness(request.orderId)).toEqual([]);
  });

  it('refuses every later shipment of an order that was called off', async () => {
    const { orderId } = await h.arranged();
    await h.client.cancelShipment({ requestId: id(), target: byOrder(orderId) });
    expect(await failure(h.client.arrangeShipment(parcel({ orderId })))).toMatchObject(CANCELLED);
  });

  it('changes nothing of a shipment that was refused', async () => {
    const request = parcelTo('00000');
    await failure(h.client.arrangeShipment(request));
    const { shipment } = await h.client.cancelShipment({ requestId: id(), target: byRequest(request.requestId) });
    expect(shipment?.state).toBe(ShipmentState.SHIPMENT_STATE_REFUSED);
  });

  it('is refused once the carrier has the parcel, and leaves no tombstone', async () => {
    const request = parcelTo('00011');
    await h.client.arrangeShipment(request);
    const undo = { requestId: id(), target: byOrder(request.orderId) };
    const error = await failure(h.client.cancelShipment(undo));
    expect(error).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'SHIPMENT_STATE_CONFLICT',
      metadata: { state: 'PICKED_UP' },
    });
    expect((await failure(h.client.cancelShipment(undo))).metadata).toEqual(error.metadata);
    const again = { requestId: id(), target: byRequest(request.requestId) };
    expect(await failure(h.client.cancelShipment(again))).toMatchObject({ metadata: { state: 'PICKED_UP' } });
    const { shipments } = await h.client.listShipments({ orderId: request.orderId });
    expect(shipments).toMatchObject([{ state: ShipmentState.SHIPMENT_STATE_PICKED_UP, lastPosition: 2n }]);
    const tombstones = await h.database.rows(
      { name: 'tombstones', text: 'SELECT name FROM undo_tombstone WHERE name = $1' },
      [`request:${request.requestId}`],
    );
    expect(tombstones).toEqual([]);
  });

  it('knows no unknown shipment_id', async () => {
    const undo = { requestId: id(), target: byId(id()) };
    const missing = { status: 'NOT_FOUND', reason: 'SHIPMENT_NOT_FOUND' };
    expect(await failure(h.client.cancelShipment(undo))).toMatchObject(missing);
    expect(await failure(h.client.cancelShipment(undo))).toMatchObject(missing);
  });
});
