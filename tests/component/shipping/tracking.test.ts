import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import {
  ShipmentState,
  type TrackShipmentsRequest,
  type TrackShipmentsResponse,
} from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { eventually } from '../../support/eventually.ts';
import { violatedFields } from '../../support/service.ts';
import { as } from './as.ts';
import { failure, parcelTo, startHarness, type Harness } from './harness.ts';

/** Parcels that stand still, and parcels that are at the door within half a second. */
let still: Harness;
let fast: Harness;
beforeAll(async () => {
  still = await startHarness();
  fast = await startHarness({ hourMs: 8, replicas: 2 });
});
afterAll(async () => {
  await still.close();
  await fast.close();
});

type Update = NonNullable<TrackShipmentsResponse['update']>;
const S = ShipmentState;
const subscribe = (...subscriptions: { shipmentId: string; afterPosition?: bigint }[]) => ({
  action: {
    $case: 'subscribe' as const,
    value: {
      subscriptions: subscriptions.map(({ shipmentId, afterPosition = 0n }) => ({ shipmentId, afterPosition })),
    },
  },
});
const unsubscribe = (...shipmentIds: string[]) => ({
  action: { $case: 'unsubscribe' as const, value: { shipmentIds } },
});

/** One open stream: what is sent goes in, `next` waits for what comes out. */
function open(h: Harness, options: object = {}, client = h.client) {
  const queue: TrackShipmentsRequest[] = [];
  let more = () => {};
  let closed = false;
  async function* outgoing() {
    for (;;) {
      const message = queue.shift();
      if (message !== undefined) yield message;
      else if (closed) return;
      else await new Promise<void>((resolve) => (more = resolve));
    }
  }
  const giveUp = new AbortController();
  const stream = client.trackShipments(outgoing(), { ...options, signal: giveUp.signal })[Symbol.asyncIterator]();
  return {
    send(message: TrackShipmentsRequest) {
      queue.push(message);
      more();
    },
    closeSending() {
      closed = true;
      more();
    },
    /** The next update; undefined when the stream has ended well. */
    async next(): Promise<Update | undefined> {
      const { done, value } = await stream.next();
      return done ? undefined : value.update;
    },
    async rest(): Promise<Update[]> {
      const updates: Update[] = [];
      for (let update = await this.next(); update !== undefined; update = await this.next()) updates.push(update);
      return updates;
    },
    async breakOff() {
      giveUp.abort();
      closed = true;
      more();
      await stream.next().catch(() => undefined); // it ends with the abort
    },
  };
}
const arrangeTo = async (h: Harness, postalCode: string) =>
  (await h.client.arrangeShipment(parcelTo(postalCode))).shipment!;
/** Waits until the shipment stands there. */
const until = (h: Harness, shipmentId: string, state: ShipmentState) =>
  eventually(async () => {
    const { shipment } = await h.client.getShipment({ shipmentId });
    expect(shipment?.state).toBe(state);
    return shipment!;
  });
const kinds = (updates: readonly Update[]) => updates.map(({ $case }) => $case);
const statesOf = (updates: readonly Update[]) => updates.flatMap((u) => (u.$case === 'event' ? [u.value.state] : []));
const positionsOf = (updates: readonly Update[]) =>
  updates.flatMap((u) => (u.$case === 'event' ? [u.value.position] : []));

describe('the carrier’s news', () => {
  it.each([
    ['10115', [S.SHIPMENT_STATE_DELIVERED]],
    ['00009', [S.SHIPMENT_STATE_IN_TRANSIT, S.SHIPMENT_STATE_RETURNED]],
    ['00010', [S.SHIPMENT_STATE_IN_TRANSIT, S.SHIPMENT_STATE_LOST]],
  ])('of a parcel to %s is taken up to its end, without gaps', async (postalCode, end) => {
    const shipment = await arrangeTo(fast, postalCode);
    await until(fast, shipment.id, end.at(-1)!);
    const { shipment: last, events } = await fast.client.getShipment({ shipmentId: shipment.id });
    expect(events.map(({ position }) => position)).toEqual(events.map((_, n) => BigInt(n + 1)));
    expect(last?.lastPosition).toBe(BigInt(events.length));
    expect(events.map(({ state }) => state).slice(-end.length)).toEqual(end);
    expect(events[1]).toMatchObject({ state: S.SHIPMENT_STATE_PICKED_UP, location: 'Leipzig, DE' });
    const times = events.map(({ occurTime }) => occurTime!.getTime());
    expect(times).toEqual([...times].sort((left, right) => left - right));
  });

  it('is taken up once by two instances', async () => {
    const shipments = await Promise.all(Array.from({ length: 10 }, () => fast.arranged()));
    for (const { id } of shipments) {
      await until(fast, id, S.SHIPMENT_STATE_DELIVERED);
      const { events } = await fast.clientOf(1).getShipment({ shipmentId: id });
      expect(events.map(({ state }) => state)).toEqual([
        S.SHIPMENT_STATE_ARRANGED,
        S.SHIPMENT_STATE_PICKED_UP,
        S.SHIPMENT_STATE_IN_TRANSIT,
        S.SHIPMENT_STATE_IN_TRANSIT,
        S.SHIPMENT_STATE_OUT_FOR_DELIVERY,
        S.SHIPMENT_STATE_DELIVERED,
      ]);
    }
  });
});

describe('TrackShipments', () => {
  it('follows a parcel to the door, ends the subscription, and then itself', async () => {
    const shipment = await fast.arranged();
    const stream = open(fast);
    stream.send(subscribe({ shipmentId: shipment.id }));
    stream.closeSending();
    const updates = await stream.rest();
    expect(updates[0]).toMatchObject({ $case: 'subscribed', value: { shipment: { id: shipment.id } } });
    expect(positionsOf(updates)).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
    expect(statesOf(updates).at(-1)).toBe(S.SHIPMENT_STATE_DELIVERED);
    expect(updates.at(-1)).toEqual({ $case: 'unsubscribed', value: { shipmentId: shipment.id, finished: true } });
  });

  it('follows many at once, each in its order, across two instances', async () => {
    const stream = open(fast, {}, fast.clientOf(1));
    const shipments = await Promise.all(Array.from({ length: 20 }, () => fast.arranged()));
    stream.send(subscribe(...shipments.map(({ id }) => ({ shipmentId: id }))));
    stream.closeSending();
    const updates = await stream.rest();
    for (const { id } of shipments) {
      const own = updates.filter((u) => u.$case === 'event' && u.value.shipmentId === id);
      expect(positionsOf(own)).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
    }
    expect(updates.filter(({ $case }) => $case === 'unsubscribed')).toHaveLength(20);
  });

  it('resumes after the last position received, with nothing twice', async () => {
    const shipment = await fast.arranged();
    const first = open(fast);
    first.send(subscribe({ shipmentId: shipment.id }));
    const seen: Update[] = [];
    while (positionsOf(seen).length < 3) seen.push((await first.next())!);
    await first.breakOff();
    const again = open(fast);
    again.send(subscribe({ shipmentId: shipment.id, afterPosition: 3n }));
    again.closeSending();
    expect(positionsOf([...seen, ...(await again.rest())])).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
  });

  it('sends nothing of a finished shipment that was received whole, and ends the subscription', async () => {
    const shipment = await fast.arranged();
    const { lastPosition } = await until(fast, shipment.id, S.SHIPMENT_STATE_DELIVERED);
    const stream = open(fast);
    stream.send(subscribe({ shipmentId: shipment.id, afterPosition: lastPosition }));
    stream.closeSending();
    expect(kinds(await stream.rest())).toEqual(['subscribed', 'unsubscribed']);
  });

  it('tells of a cancellation, and of a refusal', async () => {
    const shipment = await still.arranged();
    const stream = open(still);
    stream.send(subscribe({ shipmentId: shipment.id, afterPosition: 1n }));
    expect(await stream.next()).toMatchObject({ $case: 'subscribed' });
    const target = { $case: 'shipmentId', value: shipment.id } as const;
    await still.client.cancelShipment({ requestId: crypto.randomUUID(), target });
    stream.closeSending();
    const updates = await stream.rest();
    expect(statesOf(updates)).toEqual([S.SHIPMENT_STATE_CANCELLED]);
    expect(kinds(updates)).toEqual(['event', 'unsubscribed']);

    const command = parcelTo('00000');
    await failure(still.client.arrangeShipment(command));
    const [refused] = (await still.client.listShipments({ orderId: command.orderId })).shipments;
    const other = open(still);
    other.send(subscribe({ shipmentId: refused!.id }));
    other.closeSending();
    expect(statesOf(await other.rest())).toEqual([S.SHIPMENT_STATE_REFUSED]);
  });

  it('refuses single subscriptions without ending the others', async () => {
    const [mine, other] = [await still.arranged(), await still.arranged()];
    const unknown = crypto.randomUUID();
    const stream = open(still, as(mine.userId));
    stream.send(
      subscribe(
        { shipmentId: unknown },
        { shipmentId: other.id },
        { shipmentId: mine.id, afterPosition: 2n },
        { shipmentId: mine.id },
      ),
    );
    const reasons = [];
    for (let n = 0; n < 3; n += 1) {
      const update = await stream.next();
      if (update?.$case === 'refused') reasons.push([update.value.shipmentId, update.value.reason]);
    }
    expect(reasons).toEqual([
      [unknown, 'SHIPMENT_NOT_FOUND'],
      [other.id, 'ACCESS_DENIED'],
      [mine.id, 'POSITION_UNKNOWN'],
    ]);
    expect(await stream.next()).toMatchObject({ $case: 'subscribed' });
    expect(await stream.next()).toMatchObject({ $case: 'event', value: { shipmentId: mine.id, position: 1n } });
    await stream.breakOff();
  });

  it('unsubscribes, ignores what is not followed, starts again where it is told, and ends when nothing is left', async () => {
    const shipment = await still.arranged();
    const stream = open(still);
    stream.send(subscribe({ shipmentId: shipment.id }));
    expect(kinds([(await stream.next())!, (await stream.next())!])).toEqual(['subscribed', 'event']);
    stream.send(subscribe({ shipmentId: shipment.id })); // again, from the first
    expect(kinds([(await stream.next())!, (await stream.next())!])).toEqual(['subscribed', 'event']);
    stream.send(unsubscribe(crypto.randomUUID(), shipment.id));
    expect(await stream.next()).toEqual({
      $case: 'unsubscribed',
      value: { shipmentId: shipment.id, finished: false },
    });
    stream.closeSending();
    expect(await stream.next()).toBeUndefined();
  });

  it('follows a thousand shipments at a time and no more', async () => {
    const shipment = await still.arranged();
    // Rows as the service writes them: a thousand calls to the carrier would prove nothing more.
    const copies = await still.database.rows<{ readonly id: string }>(
      {
        name: 'copy',
        text: `INSERT INTO shipment (id, order_id, user_id, arrange_request_id, state, address, items, service_level)
               SELECT gen_random_uuid(), gen_random_uuid(), user_id, gen_random_uuid()::text, 'ARRANGING', address, items, service_level
               FROM shipment, generate_series(1, 1000) WHERE id = $1 RETURNING id`,
      },
      [shipment.id],
    );
    const stream = open(still);
    for (let n = 0; n < 1_000; n += 100) {
      stream.send(subscribe(...copies.slice(n, n + 100).map(({ id }) => ({ shipmentId: id }))));
    }
    for (let n = 0; n < 1_000; n += 1) expect((await stream.next())?.$case).toBe('subscribed');
    stream.send(subscribe({ shipmentId: shipment.id }));
    expect(await stream.next()).toMatchObject({ $case: 'refused', value: { reason: 'TOO_MANY_SUBSCRIPTIONS' } });
    stream.send(unsubscribe(copies[0]!.id));
    expect(await stream.next()).toMatchObject({ $case: 'unsubscribed' });
    stream.send(subscribe({ shipmentId: shipment.id }));
    expect(await stream.next()).toMatchObject({ $case: 'subscribed' });
    await stream.breakOff();
  });

  it.each([
    ['no action', {}, 'action'],
    ['no subscription', subscribe(), 'subscribe.subscriptions'],
    ['a malformed id', subscribe({ shipmentId: 'x' }), 'subscribe.subscriptions[0].shipment_id'],
    [
      'a position below zero',
      subscribe({ shipmentId: crypto.randomUUID(), afterPosition: -1n }),
      'subscribe.subscriptions[0].after_position',
    ],
    ['an empty unsubscription', unsubscribe(), 'unsubscribe.shipment_ids'],
  ])('ends with INVALID_ARGUMENT after a message with %s', async (_what, message, field) => {
    const stream = open(still);
    stream.send(message as TrackShipmentsRequest);
    const error = await failure(stream.next());
    expect(error.status).toBe('INVALID_ARGUMENT');
    expect(violatedFields(error)).toContain(field);
  });

  it('ends OK when the client asks for nothing', async () => {
    const stream = open(still);
    stream.closeSending();
    expect(await stream.next()).toBeUndefined();
  });
});
