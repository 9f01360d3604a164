import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ShipmentState } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import type { AppError } from '../../../src/chassis/core/index.ts';
import { eventually } from '../../support/eventually.ts';
import { failure, parcel, parcelTo, startHarness, type Harness } from './harness.ts';

const id = () => crypto.randomUUID();
const UNAVAILABLE = { status: 'UNAVAILABLE', reason: 'CARRIER_UNAVAILABLE' };
const byOrder = (value: string) => ({ $case: 'orderId', value }) as const;
const byRequest = (value: string) => ({ $case: 'arrangeRequestId', value }) as const;

/** Repeats a call under its request_id, as a caller should, until the carrier has answered. */
function untilAnswered<T>(call: () => Promise<T>): Promise<T> {
  return eventually(call, { timeoutMs: 8_000, intervalMs: 100 });
}

async function stateOf(h: Harness, orderId: string) {
  const { shipments } = await h.client.listShipments({ orderId });
  return shipments[0]?.state;
}

describe('a command whose answer is lost', () => {
  let h: Harness;
  beforeAll(async () => (h = await startHarness()));
  afterAll(() => h.close());

  it.each([
    ['00001', 'the reply is lost'],
    ['00002', 'the reply is late'],
    ['00003', 'the parcel is taken on late'],
    ['00004', 'the carrier has an error'],
  ])('sends one parcel when it is repeated (%s: %s)', async (postalCode) => {
    const request = parcelTo(postalCode);
    const error = await failure(h.client.arrangeShipment(request));
    expect(error).toMatchObject(UNAVAILABLE);
    expect(error.details).toContainEqual({ kind: 'retryInfo', retryDelayMs: expect.any(Number) });
    expect(await stateOf(h, request.orderId)).toBe(ShipmentState.SHIPMENT_STATE_ARRANGING);

    const { shipment } = await untilAnswered(() => h.client.arrangeShipment(request));
    expect(shipment).toMatchObject({ state: ShipmentState.SHIPMENT_STATE_ARRANGED, lastPosition: 1n });
    expect(await h.witness(request.orderId)).toEqual(['CREATED']);
  });

  it('calls off once when the cancellation is repeated, by its caller or by another', async () => {
    const request = parcelTo('00006');
    await h.client.arrangeShipment(request);
    const undo = { requestId: id(), target: byOrder(request.orderId) };
    expect(await failure(h.client.cancelShipment(undo))).toMatchObject(UNAVAILABLE);
    expect(await stateOf(h, request.orderId)).toBe(ShipmentState.SHIPMENT_STATE_CANCELLING);
    const other = { requestId: id(), target: byRequest(request.requestId) };
    expect(await failure(h.client.cancelShipment(other))).toMatchObject(UNAVAILABLE);
    const { shipment } = await untilAnswered(() => h.client.cancelShipment(undo));
    expect(shipment).toMatchObject({ state: ShipmentState.SHIPMENT_STATE_CANCELLED, lastPosition: 2n });
    expect(await h.client.cancelShipment(other)).toEqual({ shipment });
    expect(await h.witness(request.orderId)).toEqual(['CANCELLED']);
  });

  it('calls off an arrangement that nobody had an answer to, and refuses its repeat', async () => {
    const request = parcelTo('00003');
    expect(await failure(h.client.arrangeShipment(request))).toMatchObject(UNAVAILABLE);
    const undo = { requestId: id(), target: byRequest(request.requestId) };
    expect(await failure(h.client.cancelShipment(undo))).toMatchObject(UNAVAILABLE);
    expect(await stateOf(h, request.orderId)).toBe(ShipmentState.SHIPMENT_STATE_CANCELLING);

    const { shipment } = await untilAnswered(() => h.client.cancelShipment(undo));
    expect(shipment?.state).toBe(ShipmentState.SHIPMENT_STATE_CANCELLED);
    expect(await failure(h.client.arrangeShipment(request))).toMatchObject({ reason: 'SHIPMENT_CANCELLED' });
    expect(await h.witness(request.orderId)).toEqual(['CANCELLED']);
  });

  it('calls off what the carrier then refuses', async () => {
    const request = parcelTo('00000');
    await h.stopCarrier();
    expect(await failure(h.client.arrangeShipment(request))).toMatchObject(UNAVAILABLE);
    const undo = { requestId: id(), target: byRequest(request.requestId) };
    expect(await failure(h.client.cancelShipment(undo))).toMatchObject(UNAVAILABLE);
    await h.startCarrier();
    const { shipment } = await untilAnswered(() => h.client.cancelShipment(undo)); // calls may still be held back
    expect(shipment).toMatchObject({
      state: ShipmentState.SHIPMENT_STATE_CANCELLED,
      refusalCode: '',
      lastPosition: 1n,
    });
    expect(await failure(h.client.arrangeShipment(request))).toMatchObject({ reason: 'SHIPMENT_CANCELLED' });
  });

  it('says UNAVAILABLE while the carrier is down, and goes on after a restart of both', async () => {
    const request = parcel();
    const { orderId } = await h.arranged();
    const undo = { requestId: id(), target: byOrder(orderId) };
    await h.stopCarrier();
    expect(await failure(h.client.arrangeShipment(request))).toMatchObject(UNAVAILABLE);
    expect(await failure(h.client.cancelShipment(undo))).toMatchObject(UNAVAILABLE);
    await h.restartService();
    await h.startCarrier();
    expect((await h.client.arrangeShipment(request)).shipment?.state).toBe(ShipmentState.SHIPMENT_STATE_ARRANGED);
    expect((await h.client.cancelShipment(undo)).shipment?.state).toBe(ShipmentState.SHIPMENT_STATE_CANCELLED);
    expect(await h.witness(request.orderId)).toEqual(['CREATED']);
    expect(await h.witness(orderId)).toEqual(['CANCELLED']);
  });

  it('is bounded by the deadline of its caller', async () => {
    const startedMs = performance.now();
    const error = await failure(h.client.arrangeShipment(parcelTo('00002'), { timeoutMs: 200 }));
    expect(performance.now() - startedMs).toBeLessThan(550);
    expect(error.status).toMatch(/^(UNAVAILABLE|DEADLINE_EXCEEDED)$/);
  });
});

describe('twenty racers', () => {
  let h: Harness;
  beforeAll(async () => (h = await startHarness({ timeoutMs: 5_000, replicas: 2 })));
  afterAll(() => h.close());

  type Client = Harness['client'];
  const race = <T>(start: (client: Client) => Promise<T>) =>
    Promise.allSettled(Array.from({ length: 20 }, (_, index) => start(h.clientOf(index % 2))));
  const reasons = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
    outcomes.flatMap((o) => (o.status === 'rejected' ? [(o.reason as AppError).reason] : []));

  it('with one request_id get one parcel and equal answers', async () => {
    const request = parcel();
    const outcomes = await race((client) => client.arrangeShipment(request));
    expect(reasons(outcomes)).toEqual([]);
    const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await h.witness(request.orderId)).toEqual(['CREATED']);
  });

  it('with request_ids of their own get one parcel for the order', async () => {
    const request = parcel();
    const outcomes = await race((client) => client.arrangeShipment({ ...request, requestId: id() }));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(new Set(reasons(outcomes))).toEqual(new Set(['ORDER_HAS_SHIPMENT']));
    expect(await h.witness(request.orderId)).toEqual(['CREATED']);
  });

  it('that cancel by every name get one cancellation', async () => {
    const request = parcel();
    const { shipment } = await h.client.arrangeShipment(request);
    const targets = [
      byOrder(request.orderId),
      byRequest(request.requestId),
      { $case: 'shipmentId', value: shipment!.id } as const,
    ];
    let turn = 0;
    const outcomes = await race((client) => {
      turn += 1;
      return client.cancelShipment({ requestId: id(), target: targets[turn % targets.length] });
    });
    expect(reasons(outcomes)).toEqual([]);
    expect(await h.witness(request.orderId)).toEqual(['CANCELLED']);
    const { events } = await h.client.getShipment({ shipmentId: shipment!.id });
    expect(events.map(({ position }) => position)).toEqual([1n, 2n]);
  });

  it('that arrange and cancel at the same time leave no parcel', async () => {
    for (let round = 0; round < 10; round += 1) {
      const request = parcel();
      const target = round % 2 === 0 ? byRequest(request.requestId) : byOrder(request.orderId);
      const [arranged, cancelled] = await Promise.allSettled([
        h.client.arrangeShipment(request),
        h.clientOf(1).cancelShipment({ requestId: id(), target }),
      ]);
      expect(cancelled.status).toBe('fulfilled');
      if (arranged.status === 'rejected') {
        expect((arranged.reason as AppError).reason).toBe('SHIPMENT_CANCELLED');
      }
      expect(['CANCELLED', undefined]).toContain((await h.witness(request.orderId))[0]);
    }
  });
});

describe('the reconciler', () => {
  let h: Harness;
  beforeAll(async () => (h = await startHarness({ settleAfterMs: 700 })));
  afterAll(() => h.close());

  it.each(['00001', '00003'])(
    'settles an arrangement that nobody repeats (%s), and the caller still hears of it',
    async (postalCode) => {
      const request = parcelTo(postalCode);
      expect(await failure(h.client.arrangeShipment(request))).toMatchObject(UNAVAILABLE);
      await eventually(
        async () => expect(await stateOf(h, request.orderId)).toBe(ShipmentState.SHIPMENT_STATE_ARRANGED),
        { timeoutMs: 8_000 },
      );
      const { shipment } = await h.client.arrangeShipment(request);
      expect(shipment?.state).toBe(ShipmentState.SHIPMENT_STATE_ARRANGED);
      expect(await h.witness(request.orderId)).toEqual(['CREATED']);
    },
  );

  it('settles a cancellation that nobody repeats', async () => {
    const request = parcelTo('00006');
    await h.client.arrangeShipment(request);
    expect(await failure(h.client.cancelShipment({ requestId: id(), target: byOrder(request.orderId) }))).toMatchObject(
      UNAVAILABLE,
    );
    await eventually(
      async () => {
        await h.database.execute({
          name: 'hurry',
          text: `UPDATE carrier_operation SET next_attempt_time = now() WHERE state = 'PENDING'`,
        });
        expect(await stateOf(h, request.orderId)).toBe(ShipmentState.SHIPMENT_STATE_CANCELLED);
      },
      { timeoutMs: 10_000, intervalMs: 200 },
    );
    expect(await h.witness(request.orderId)).toEqual(['CANCELLED']);
  });

  it('goes on after the carrier was down', async () => {
    const request = parcel();
    await h.stopCarrier();
    expect(await failure(h.client.arrangeShipment(request))).toMatchObject(UNAVAILABLE);
    await h.restartService();
    await h.startCarrier();
    await eventually(
      async () => expect(await stateOf(h, request.orderId)).toBe(ShipmentState.SHIPMENT_STATE_ARRANGED),
      { timeoutMs: 8_000 },
    );
  });

  it('learns of a refusal that nobody waits for', async () => {
    const request = parcelTo('00000');
    await h.stopCarrier();
    expect(await failure(h.client.arrangeShipment(request))).toMatchObject(UNAVAILABLE);
    await h.startCarrier();
    await eventually(async () => expect(await stateOf(h, request.orderId)).toBe(ShipmentState.SHIPMENT_STATE_REFUSED), {
      timeoutMs: 8_000,
    });
    expect(await failure(h.client.arrangeShipment(request))).toMatchObject({ reason: 'ADDRESS_REFUSED' });
  });
});
