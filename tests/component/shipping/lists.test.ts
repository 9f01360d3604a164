import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ShipmentState } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { as } from './as.ts';
import { failure, parcel, parcelTo, startHarness, type Harness } from './harness.ts';

let h: Harness;
beforeAll(async () => (h = await startHarness({ timeoutMs: 5_000 })));
afterAll(() => h.close());

const id = () => crypto.randomUUID();
const DENIED = { status: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED' };

describe('ListShipments', () => {
  it('shows every shipment of a user once, newest first, page by page', async () => {
    const userId = id();
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.push((await h.arranged({ userId })).id);
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await h.client.listShipments({ userId, pageSize: 2, pageToken });
      expect(page.shipments.length).toBeLessThanOrEqual(2);
      seen.push(...page.shipments.map((shipment) => shipment.id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(made.toReversed());
  });

  it('filters by order and by state, refused and cancelled ones included', async () => {
    const orderId = id();
    await failure(h.client.arrangeShipment({ ...parcelTo('00000'), orderId }));
    const called = await h.arranged({ orderId });
    await h.client.cancelShipment({ requestId: id(), target: { $case: 'shipmentId', value: called.id } });
    const live = await h.arranged({ orderId });
    const states = async (filter: object) =>
      (await h.client.listShipments({ orderId, ...filter })).shipments.map(({ state }) => state);
    expect(await states({})).toEqual([
      ShipmentState.SHIPMENT_STATE_ARRANGED,
      ShipmentState.SHIPMENT_STATE_CANCELLED,
      ShipmentState.SHIPMENT_STATE_REFUSED,
    ]);
    const { shipments } = await h.client.listShipments({ orderId, state: ShipmentState.SHIPMENT_STATE_ARRANGED });
    expect(shipments).toEqual([live]);
    expect(await states({ state: ShipmentState.SHIPMENT_STATE_LOST })).toEqual([]);
  });

  it('refuses a page token of another request, and one that was changed', async () => {
    const userId = id();
    await h.arranged({ userId });
    await h.arranged({ userId });
    const { nextPageToken } = await h.client.listShipments({ userId, pageSize: 1 });
    for (const request of [
      { userId: id(), pageToken: nextPageToken },
      { userId, pageToken: `${nextPageToken.slice(0, -2)}AA` },
    ]) {
      expect(await failure(h.client.listShipments(request))).toMatchObject({
        status: 'INVALID_ARGUMENT',
        reason: 'PAGE_TOKEN_INVALID',
      });
    }
  });
});

describe('access', () => {
  it('keeps commands to administrators', async () => {
    const request = parcel();
    const undo = { requestId: id(), target: { $case: 'orderId', value: request.orderId } } as const;
    const owner = as(request.userId);
    expect(await failure(h.client.arrangeShipment(request, owner))).toMatchObject(DENIED);
    expect(await failure(h.client.cancelShipment(undo, owner))).toMatchObject(DENIED);
    const { shipment } = await h.client.arrangeShipment(request, as('admin'));
    expect((await h.client.cancelShipment(undo, as('admin'))).shipment?.id).toBe(shipment!.id);
  });

  it("shows a customer the own shipments only, and not another's", async () => {
    const mine = await h.arranged();
    const theirs = await h.arranged();
    const me = as(mine.userId);
    expect((await h.client.getShipment({ shipmentId: mine.id }, me)).shipment).toEqual(mine);
    expect(await failure(h.client.getShipment({ shipmentId: theirs.id }, me))).toMatchObject(DENIED);
    expect((await h.client.listShipments({}, me)).shipments).toEqual([mine]);
    expect((await h.client.listShipments({ userId: mine.userId }, me)).shipments).toEqual([mine]);
    expect((await h.client.listShipments({ orderId: theirs.orderId }, me)).shipments).toEqual([]);
    expect(await failure(h.client.listShipments({ userId: theirs.userId }, me))).toMatchObject(DENIED);
    const { shipments } = await h.client.listShipments({ orderId: theirs.orderId }, as('admin'));
    expect(shipments).toEqual([theirs]);
  });
});

describe('the tables', () => {
  const run = (text: string, parameters: readonly unknown[] = []) =>
    h.database.execute({ name: 'wrong', text }, parameters);

  it('refuse what must not be', async () => {
    const { id: shipmentId } = await h.arranged();
    const event = (position: number) =>
      run(
        `INSERT INTO shipment_event (shipment_id, position, state, description, location, occur_time)
          VALUES ($1, $2, 'LOST', '', '', now())`,
        [shipmentId, position],
      );
    await expect(event(1)).rejects.toThrow(/shipment_event_pkey/);
    await expect(event(3)).rejects.toThrow(/none before it/);
    await expect(event(0)).rejects.toThrow(/check/);
    await expect(run('UPDATE shipment_event SET state = state')).rejects.toThrow(/never changed/);
    await expect(run('DELETE FROM shipment_event')).rejects.toThrow(/never changed/);
    await expect(run(`UPDATE shipment SET state = 'REFUSED' WHERE id = $1`, [shipmentId])).rejects.toThrow(/check/);
    await expect(run(`UPDATE shipment SET carrier = '' WHERE id = $1`, [shipmentId])).rejects.toThrow(/check/);
    await expect(
      run(
        `INSERT INTO shipment (id, order_id, user_id, arrange_request_id, state, address, items, service_level)
          SELECT $2::uuid, order_id, user_id, $2::uuid::text, 'ARRANGING', address, items, service_level
          FROM shipment WHERE id = $1`,
        [shipmentId, id()],
      ),
    ).rejects.toThrow(/shipment_one_live_per_order/);
  });
});
