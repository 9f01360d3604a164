import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ShipmentState } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { as, failure, violatedFields } from '../../support/service.ts';
import { address, request, startHarness, type Harness } from './shipping-process.ts';

let h: Harness;
beforeAll(async () => (h = await startHarness()));
afterAll(() => h.close());

const id = () => crypto.randomUUID();
const { SHIPMENT_STATE_CANCELLED } = ShipmentState;
const arrange = async (change: object = {}) => (await h.client.arrangeShipment(request(change))).shipment!;
const cancel = (target: object, change: object = {}) =>
  h.client.cancelShipment({ requestId: id(), target: target as never, reason: 'test', ...change });
const byId = (value: string) => ({ $case: 'shipmentId', value }) as const;
const byRequest = (value: string) => ({ $case: 'arrangeRequestId', value }) as const;
const byOrder = (value: string) => ({ $case: 'orderId', value }) as const;
const reused = { status: 'INVALID_ARGUMENT', reason: 'REQUEST_ID_REUSED' };
const denied = { status: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED' };

describe('ArrangeShipment', () => {
  it('answers a repeat as the first time, and refuses another body', async () => {
    const command = request();
    const first = await h.client.arrangeShipment(command);
    await cancel(byId(first.shipment!.id));
    expect(await h.client.arrangeShipment(command)).toEqual(first);
    const other = { ...command, address: address('10117') };
    expect(await failure(h.client.arrangeShipment(other))).toMatchObject(reused);
  });

  it('sends one parcel for racers with one request_id', async () => {
    const command = request();
    const answers = await Promise.all(Array.from({ length: 20 }, () => h.client.arrangeShipment(command)));
    expect(new Set(answers.map(({ shipment }) => shipment?.id)).size).toBe(1);
    expect(await h.parcelsOf(command.orderId)).toEqual(['CREATED']);
  });

  it('sends one parcel for racers with one order', async () => {
    const orderId = id();
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => arrange({ orderId })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({ status: 'ALREADY_EXISTS', reason: 'ORDER_HAS_SHIPMENT' });
      }
    }
    expect(await h.ofOrder(orderId)).toHaveLength(1);
  });
});

describe('CancelShipment', () => {
  it('leaves no parcel on its way when it races the arrangement', async () => {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const command = request();
        const arranging = h.client.arrangeShipment(command).then(
          () => 'arranged',
          (error: { reason: string }) => error.reason,
        );
        await cancel(byRequest(command.requestId));
        expect(['arranged', 'SHIPMENT_CANCELLED']).toContain(await arranging);
        const [shipment] = await h.ofOrder(command.orderId);
        if (shipment === undefined) return;
        expect(shipment.state).toBe(SHIPMENT_STATE_CANCELLED);
        expect(await h.parcelsOf(command.orderId)).toEqual(['CANCELLED']);
      }),
    );
  });

  it('refuses another body under the same request_id', async () => {
    const undo = { requestId: id(), target: byOrder(id()), reason: 'test' };
    await h.client.cancelShipment(undo);
    expect(await failure(h.client.cancelShipment({ ...undo, reason: 'other' }))).toMatchObject(reused);
  });
});

describe('GetShipment and ListShipments', () => {
  it('page newest first, with filters', async () => {
    const userId = id();
    const made = [];
    for (let n = 0; n < 5; n += 1) made.push(await arrange({ userId }));
    await cancel(byId(made[1]!.id));
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await h.client.listShipments({ userId, pageSize: 2, pageToken });
      seen.push(...page.shipments.map((shipment) => shipment.id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(made.map((shipment) => shipment.id).reverse());
    const cancelled = await h.client.listShipments({ userId, state: SHIPMENT_STATE_CANCELLED });
    expect(cancelled.shipments.map((shipment) => shipment.id)).toEqual([made[1]!.id]);
  });

  it('show a customer the own ones only, and commands are for administrators', async () => {
    const [mine, other] = [await arrange(), await arrange()];
    const own = await h.client.listShipments({}, as(mine.userId));
    expect(own.shipments.map((shipment) => shipment.id)).toEqual([mine.id]);
    await h.client.getShipment({ shipmentId: mine.id }, as(mine.userId));
    expect(await failure(h.client.getShipment({ shipmentId: other.id }, as(mine.userId)))).toMatchObject(denied);
    expect(await failure(h.client.listShipments({ userId: other.userId }, as(mine.userId)))).toMatchObject(denied);
    expect(await failure(h.client.arrangeShipment(request(), as(mine.userId)))).toMatchObject(denied);
    const undo = { requestId: id(), target: byId(mine.id) };
    expect(await failure(h.client.cancelShipment(undo, as(mine.userId)))).toMatchObject(denied);
    await h.client.cancelShipment(undo, as('admin'));
  });
});

describe('bad input', () => {
  it.each([
    ['ArrangeShipment without request_id', () => arrange({ requestId: '' }), 'request_id'],
    ['ArrangeShipment, request_id too long', () => arrange({ requestId: 'x'.repeat(129) }), 'request_id'],
    ['ArrangeShipment, order_id malformed', () => arrange({ orderId: '1' }), 'order_id'],
    ['ArrangeShipment without user_id', () => arrange({ userId: '' }), 'user_id'],
    ['ArrangeShipment without address', () => arrange({ address: undefined }), 'address'],
    [
      'ArrangeShipment, address without lines',
      () => arrange({ address: address('1', { lines: [] }) }),
      'address.lines',
    ],
    [
      'ArrangeShipment, country in small letters',
      () => arrange({ address: address('1', { countryCode: 'de' }) }),
      'address.country_code',
    ],
    ['ArrangeShipment of nothing', () => arrange({ items: [] }), 'items'],
    ['ArrangeShipment of no pieces', () => arrange({ items: [{ productId: id(), quantity: 0 }] }), 'items[0].quantity'],
    ['ArrangeShipment, unknown level', () => arrange({ serviceLevel: 9 }), 'service_level'],
    ['CancelShipment without target', () => h.client.cancelShipment({ requestId: id() }), 'target'],
    ['CancelShipment, shipment_id malformed', () => cancel(byId('x')), 'shipment_id'],
    ['CancelShipment, arrange_request_id empty', () => cancel(byRequest('')), 'arrange_request_id'],
    ['CancelShipment, reason too long', () => cancel(byOrder(id()), { reason: 'x'.repeat(501) }), 'reason'],
    ['GetShipment, shipment_id malformed', () => h.client.getShipment({ shipmentId: 'x' }), 'shipment_id'],
    ['ListShipments, page_size below zero', () => h.client.listShipments({ pageSize: -1 }), 'page_size'],
    ['ListShipments, page_token made up', () => h.client.listShipments({ pageToken: 'x' }), 'page_token'],
    ['ListShipments, unknown state', () => h.client.listShipments({ state: 99 as ShipmentState }), 'state'],
    ['ListShipments, user_id malformed', () => h.client.listShipments({ userId: 'me' }), 'user_id'],
  ])('%s is INVALID_ARGUMENT and names the field', async (_what, call, field) => {
    const error = await failure(call());
    expect(error.status).toBe('INVALID_ARGUMENT');
    expect(violatedFields(error)).toContain(field);
  });

  it('GetShipment knows no unknown shipment', async () => {
    expect(await failure(h.client.getShipment({ shipmentId: id() }))).toMatchObject({
      status: 'NOT_FOUND',
      reason: 'SHIPMENT_NOT_FOUND',
    });
  });
});
