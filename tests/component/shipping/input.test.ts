import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { ServiceLevel, ShipmentState } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { failure, parcel, startHarness, type Harness } from './harness.ts';

let h: Harness;
beforeAll(async () => (h = await startHarness({ timeoutMs: 5_000 })));
afterAll(() => h.close());

const id = () => crypto.randomUUID();
const long = 'x'.repeat(129);
type Client = Harness['client'];
const { address, items } = parcel();
const [item] = items;
const arrange = (change: object) => (client: Client) => client.arrangeShipment(parcel(change));
const cancel = (change: object) => (client: Client) =>
  client.cancelShipment({ requestId: id(), target: { $case: 'orderId', value: id() }, ...change });

/** The call, and the field that it is refused for. */
const bad: readonly (readonly [string, (client: Client) => Promise<unknown>, string])[] = [
  ['ArrangeShipment without request_id', arrange({ requestId: '' }), 'request_id'],
  ['ArrangeShipment, request_id too long', arrange({ requestId: long }), 'request_id'],
  ['ArrangeShipment, order_id malformed', arrange({ orderId: 'x' }), 'order_id'],
  ['ArrangeShipment without user_id', arrange({ userId: '' }), 'user_id'],
  ['ArrangeShipment without address', arrange({ address: undefined }), 'address'],
  ['ArrangeShipment to nobody', arrange({ address: { ...address, recipient: '' } }), 'address.recipient'],
  ['ArrangeShipment without a street', arrange({ address: { ...address, lines: [] } }), 'address.lines'],
  ['ArrangeShipment, four lines', arrange({ address: { ...address, lines: ['a', 'b', 'c', 'd'] } }), 'address.lines'],
  ['ArrangeShipment, an empty line', arrange({ address: { ...address, lines: ['a', ''] } }), 'address.lines[1]'],
  [
    'ArrangeShipment, country in words',
    arrange({ address: { ...address, countryCode: 'de' } }),
    'address.country_code',
  ],
  [
    'ArrangeShipment, postal code too long',
    arrange({ address: { ...address, postalCode: '1'.repeat(21) } }),
    'address.postal_code',
  ],
  ['ArrangeShipment of nothing', arrange({ items: [] }), 'items'],
  ['ArrangeShipment of too much', arrange({ items: Array.from({ length: 201 }, () => item) }), 'items'],
  ['ArrangeShipment of no piece', arrange({ items: [{ ...item, quantity: 0 }] }), 'items[0].quantity'],
  ['ArrangeShipment of less than no piece', arrange({ items: [{ ...item, quantity: -1 }] }), 'items[0].quantity'],
  ['ArrangeShipment, product malformed', arrange({ items: [{ ...item, productId: '1' }] }), 'items[0].product_id'],
  ['ArrangeShipment, weight below zero', arrange({ items: [{ ...item, weightGrams: -1 }] }), 'items[0].weight_grams'],
  ['ArrangeShipment, unknown level', arrange({ serviceLevel: 9 as ServiceLevel }), 'service_level'],
  ['CancelShipment without request_id', cancel({ requestId: '' }), 'request_id'],
  ['CancelShipment without target', cancel({ target: undefined }), 'target'],
  ['CancelShipment, shipment malformed', cancel({ target: { $case: 'shipmentId', value: 'x' } }), 'shipment_id'],
  ['CancelShipment, order malformed', cancel({ target: { $case: 'orderId', value: '' } }), 'order_id'],
  [
    'CancelShipment, request too long',
    cancel({ target: { $case: 'arrangeRequestId', value: long } }),
    'arrange_request_id',
  ],
  ['CancelShipment, reason too long', cancel({ reason: 'x'.repeat(501) }), 'reason'],
  ['GetShipment, shipment malformed', (c) => c.getShipment({ shipmentId: '../x' }), 'shipment_id'],
  ['GetShipment without shipment_id', (c) => c.getShipment({}), 'shipment_id'],
  ['ListShipments, page_size below zero', (c) => c.listShipments({ pageSize: -1 }), 'page_size'],
  ['ListShipments, page_token made up', (c) => c.listShipments({ pageToken: 'abc' }), 'page_token'],
  ['ListShipments, page_token too long', (c) => c.listShipments({ pageToken: 'x'.repeat(2001) }), 'page_token'],
  ['ListShipments, unknown state', (c) => c.listShipments({ state: 99 as ShipmentState }), 'state'],
  ['ListShipments, user malformed', (c) => c.listShipments({ userId: 'me' }), 'user_id'],
  ['ListShipments, order malformed', (c) => c.listShipments({ orderId: '7' }), 'order_id'],
];

describe('bad input', () => {
  it.each(bad)('%s is INVALID_ARGUMENT and names the field', async (_what, call, field) => {
    const error = await failure(call(h.client));
    expect(error.status).toBe('INVALID_ARGUMENT');
    const violations = error.details.flatMap((detail) => (detail.kind === 'badRequest' ? detail.violations : []));
    expect(violations.map((violation) => violation.field)).toContain(field);
  });

  it('is another body than the first under a request_id, for every command', async () => {
    const reused = { status: 'INVALID_ARGUMENT', reason: 'REQUEST_ID_REUSED' };
    const request = parcel();
    const first = await h.client.arrangeShipment(request);
    const otherItems = [{ ...request.items[0]!, quantity: 3 }];
    expect(await failure(h.client.arrangeShipment({ ...request, items: otherItems }))).toMatchObject(reused);
    expect(await h.client.arrangeShipment(request)).toEqual(first);

    const undo = { requestId: id(), target: { $case: 'orderId', value: id() } } as const;
    await h.client.cancelShipment(undo);
    const other = { ...undo, target: { $case: 'orderId', value: request.orderId } } as const;
    expect(await failure(h.client.cancelShipment(other))).toMatchObject(reused);
    expect(await h.client.cancelShipment(undo)).toEqual({ shipment: undefined });
  });

  it('names no unknown shipment', async () => {
    expect(await failure(h.client.getShipment({ shipmentId: id() }))).toMatchObject({
      status: 'NOT_FOUND',
      reason: 'SHIPMENT_NOT_FOUND',
    });
  });
});
