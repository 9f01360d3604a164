import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ShipmentState, type Shipment } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { eventually } from '../../support/eventually.ts';
import { failure, parcel, parcelTo, startHarness, type Harness } from './harness.ts';

const id = () => crypto.randomUUID();
const [MUG, PLATE] = [id(), id()];

/** Three mugs and two plates, to a postal code; see the carrier's test addresses. */
const dishes = (postalCode = '04109') =>
  parcel({
    address: parcelTo(postalCode).address,
    items: [
      { productId: MUG, quantity: 3, weightGrams: 300 },
      { productId: PLATE, quantity: 2, weightGrams: 500 },
    ],
  });

const contents = (shipment: Shipment | undefined) =>
  shipment?.items.map(({ productId, quantity }) => [productId === MUG ? 'mug' : 'plate', quantity]);

describe('amendShipment', () => {
  let h: Harness;
  beforeAll(async () => (h = await startHarness({ timeoutMs: 5_000 })));
  afterAll(() => h.close());

  async function arranged(postalCode?: string): Promise<Shipment> {
    const { shipment } = await h.client.arrangeShipment(dishes(postalCode));
    if (shipment === undefined) throw new Error('no shipment came back');
    return shipment;
  }

  const takeOut = (shipmentId: string, removals: readonly (readonly [string, number])[], requestId: string = id()) =>
    h.client.amendShipment({
      ...{ requestId, shipmentId, reason: 'not wanted' },
      removals: removals.map(([productId, quantity]) => ({ productId, quantity })),
    });

  it('takes pieces out, tells the carrier the new weight and the history that it did', async () => {
    const { id: shipmentId, orderId } = await arranged();
    const { shipment } = await takeOut(shipmentId, [[MUG, 1], [PLATE, 2]]); // prettier-ignore
    expect(shipment).toMatchObject({ state: ShipmentState.SHIPMENT_STATE_ARRANGED, lastPosition: 2n });
    expect(contents(shipment)).toEqual([['mug', 2]]);
    const { events } = await h.client.getShipment({ shipmentId });
    expect(events.at(-1)?.description).toBe('Contents changed by the sender');
    expect(await h.carrierOf(orderId)).toMatchObject([{ status: 'CREATED', weightGrams: 600 }]);
  });

  it('can be changed twice, and cancelled after', async () => {
    const { id: shipmentId, orderId } = await arranged();
    await takeOut(shipmentId, [[MUG, 1]]);
    const { shipment } = await takeOut(shipmentId, [[MUG, 2]]);
    expect(contents(shipment)).toEqual([['plate', 2]]);
    await h.client.cancelShipment({ requestId: id(), target: { $case: 'orderId', value: orderId } });
    expect(await h.witness(orderId)).toEqual(['CANCELLED']);
  });

  it('happens once for one request_id, and refuses another body under it', async () => {
    const { id: shipmentId } = await arranged();
    const requestId = id();
    const [first, second] = [
      await takeOut(shipmentId, [[MUG, 1]], requestId),
      await takeOut(shipmentId, [[MUG, 1]], requestId),
    ];
    expect(second).toEqual(first);
    expect(contents(first.shipment)).toEqual([
      ['mug', 2],
      ['plate', 2],
    ]);
    expect(await failure(takeOut(shipmentId, [[MUG, 2]], requestId))).toMatchObject({ reason: 'REQUEST_ID_REUSED' });
  });

  it('changes nothing once the carrier has the parcel, and learns that it has', async () => {
    const { id: shipmentId } = await arranged('00011');
    expect(await failure(takeOut(shipmentId, [[MUG, 1]]))).toMatchObject({
      status: 'FAILED_PRECONDITION',
      reason: 'SHIPMENT_STATE_CONFLICT',
    });
    const { shipment } = await h.client.getShipment({ shipmentId });
    expect(shipment?.state).toBe(ShipmentState.SHIPMENT_STATE_PICKED_UP);
    expect(contents(shipment)).toEqual([
      ['mug', 3],
      ['plate', 2],
    ]);
  });

  it('refuses more than is in it, all that is in it, and what is no longer sent', async () => {
    const { id: shipmentId, orderId } = await arranged();
    const stranger = id();
    const refused = await failure(takeOut(shipmentId, [[MUG, 4], [stranger, 1]])); // prettier-ignore
    expect(refused).toMatchObject({ status: 'FAILED_PRECONDITION', reason: 'ITEMS_NOT_IN_SHIPMENT' });
    expect(refused.details).toMatchObject([{ violations: [{ subject: MUG }, { subject: stranger }] }]);
    expect(await failure(takeOut(shipmentId, [[MUG, 3], [PLATE, 2]]))).toMatchObject({ reason: 'SHIPMENT_WOULD_BE_EMPTY' }); // prettier-ignore
    expect(await failure(takeOut(id(), [[MUG, 1]]))).toMatchObject({ reason: 'SHIPMENT_NOT_FOUND' });
    await h.client.cancelShipment({ requestId: id(), target: { $case: 'orderId', value: orderId } });
    expect(await failure(takeOut(shipmentId, [[MUG, 1]]))).toMatchObject({
      reason: 'SHIPMENT_STATE_CONFLICT',
      metadata: { state: 'CANCELLED' },
    });
  });

  it('of several at once, never takes out more than there is', async () => {
    const { id: shipmentId } = await arranged();
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => takeOut(shipmentId, [[MUG, 1]])));
    const done = outcomes.filter(({ status }) => status === 'fulfilled').length;
    expect(done).toBeGreaterThan(0);
    const { shipment } = await h.client.getShipment({ shipmentId });
    const left = shipment?.items.find(({ productId }) => productId === MUG)?.quantity ?? 0;
    expect(left).toBe(3 - done);
  });

  it('happens once when the answer is lost and the call is repeated', async () => {
    const { id: shipmentId, orderId } = await arranged('00012');
    const requestId = id();
    expect(await failure(takeOut(shipmentId, [[MUG, 1]], requestId))).toMatchObject({ status: 'UNAVAILABLE' });
    expect(contents((await h.client.getShipment({ shipmentId })).shipment)).toEqual([
      ['mug', 3],
      ['plate', 2],
    ]);
    const other = await failure(takeOut(shipmentId, [[MUG, 2]]));
    expect(other).toMatchObject({ status: 'UNAVAILABLE', reason: 'CARRIER_UNAVAILABLE' });
    const { shipment } = await takeOut(shipmentId, [[MUG, 1]], requestId);
    expect(contents(shipment)).toEqual([
      ['mug', 2],
      ['plate', 2],
    ]);
    expect(await h.carrierOf(orderId)).toMatchObject([{ weightGrams: 1600 }]);
  });
});

describe('the reconciler', () => {
  it('settles a change that nobody repeats', async () => {
    const h = await startHarness({ settleAfterMs: 300, timeoutMs: 5_000 });
    try {
      const { shipment } = await h.client.arrangeShipment(dishes('00012'));
      const shipmentId = shipment?.id ?? '';
      const removals = [{ productId: PLATE, quantity: 2 }];
      expect(await failure(h.client.amendShipment({ requestId: id(), shipmentId, removals }))).toMatchObject({
        status: 'UNAVAILABLE',
      });
      await eventually(async () => {
        expect(contents((await h.client.getShipment({ shipmentId })).shipment)).toEqual([['mug', 3]]);
      });
    } finally {
      await h.close();
    }
  });
});
