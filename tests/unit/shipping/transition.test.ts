import { describe, expect, it } from '@jest/globals';

import {
  parseOrderId,
  parseShipmentId,
  parseUserId,
  transition,
  type CarrierNews,
  type Happening,
  type Shipment,
  type ShipmentState,
} from '../../../src/services/shipping/domain.ts';

const at = new Date('2026-03-01T12:00:00Z');
const accepted = {
  type: 'accepted',
  carrier: 'Parcel',
  carrierReference: 'shp_1',
  trackingNumber: 'TW1',
  estimatedDeliveryTime: at,
  at,
} as const satisfies Happening;
const STATES = [
  ...(['ARRANGING', 'ARRANGED', 'REFUSED', 'CANCELLING', 'CANCELLED', 'PICKED_UP', 'IN_TRANSIT'] as const),
  ...(['OUT_FOR_DELIVERY', 'DELIVERED', 'RETURNED', 'LOST'] as const),
];

function shipment(change: Partial<Shipment> = {}): Shipment {
  return {
    id: parseShipmentId('018f0000-0000-7000-8000-000000000001'),
    orderId: parseOrderId('018f0000-0000-7000-8000-000000000002'),
    userId: parseUserId('018f0000-0000-7000-8000-000000000003'),
    state: 'ARRANGING',
    address: { recipient: 'Ada', lines: ['1'], city: 'Leipzig', postalCode: '04109', region: '', countryCode: 'DE' },
    items: [],
    serviceLevel: 'STANDARD',
    carrier: '',
    carrierReference: '',
    trackingNumber: '',
    refusalCode: '',
    estimatedDeliveryTime: undefined,
    lastPosition: 0n,
    carrierSequence: 0n,
    ...change,
  };
}

const known = (state: ShipmentState, change: Partial<Shipment> = {}) =>
  shipment({ state, carrierReference: 'shp_1', carrier: 'Parcel', trackingNumber: 'TW1', lastPosition: 1n, ...change });

const piece = (sequence: number, state: ShipmentState): CarrierNews => ({
  sequence: BigInt(sequence),
  state,
  description: `${state} ${sequence}`,
  location: 'Leipzig, DE',
  occurTime: at,
});

/** From which states a happening of that type is accepted. */
function legal(happening: Happening, make: (state: ShipmentState) => Shipment): ShipmentState[] {
  return STATES.filter((state) => {
    try {
      transition(make(state), happening);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ reason: 'SHIPMENT_STATE_CONFLICT', metadata: { state } });
      return false;
    }
  });
}

describe('transition', () => {
  it('allows each happening only from its states', () => {
    expect(legal(accepted, (state) => shipment({ state }))).toEqual(['ARRANGING', 'CANCELLING']);
    expect(legal(accepted, known)).toEqual([]);
    const refusal = { type: 'refused', code: 'x', at } as const;
    expect(legal(refusal, (state) => shipment({ state }))).toEqual(['ARRANGING', 'CANCELLING']);
    expect(legal({ type: 'cancel-requested' }, known)).toEqual(['ARRANGING', 'ARRANGED']);
    const over = new Set(['REFUSED', 'DELIVERED', 'RETURNED', 'LOST']);
    expect(legal({ type: 'cancelled', at }, known)).toEqual(STATES.filter((state) => !over.has(state)));
  });

  it('counts events from 1 and puts the carrier’s names beside an acceptance', () => {
    const { shipment: after, events } = transition(shipment(), accepted);
    expect(after).toMatchObject({ state: 'ARRANGED', carrier: 'Parcel', trackingNumber: 'TW1', lastPosition: 1n });
    expect(events).toMatchObject([{ position: 1n, state: 'ARRANGED', occurTime: at }]);
  });

  it('keeps an acceptance that a cancellation waits for, and ends with a refusal', () => {
    const cancelling = shipment({ state: 'CANCELLING' });
    const { shipment: after } = transition(cancelling, accepted);
    expect(after).toMatchObject({ state: 'CANCELLING', carrierReference: 'shp_1' });
    expect(transition(after, { type: 'cancelled', at }).shipment).toMatchObject({
      state: 'CANCELLED',
      lastPosition: 2n,
    });
    const refused = transition(cancelling, { type: 'refused', code: 'address_unknown', at });
    expect(refused.shipment).toMatchObject({ state: 'CANCELLED', refusalCode: '' });
    expect(refused.events).toMatchObject([{ state: 'CANCELLED' }]);
  });

  it('takes up news once, in order, and nothing after the end', () => {
    const news = [
      ...[piece(1, 'ARRANGED'), piece(2, 'PICKED_UP'), piece(3, 'IN_TRANSIT'), piece(4, 'IN_TRANSIT')],
      ...[piece(5, 'DELIVERED'), piece(6, 'LOST')],
    ];
    const first = transition(known('ARRANGED'), { type: 'news', news: news.slice(0, 3) });
    expect(first.events.map(({ position, state }) => [position, state])).toEqual([
      [2n, 'PICKED_UP'],
      [3n, 'IN_TRANSIT'],
    ]);
    const second = transition(first.shipment, { type: 'news', news });
    expect(second.events.map(({ position, state }) => [position, state])).toEqual([
      [4n, 'IN_TRANSIT'],
      [5n, 'DELIVERED'],
    ]);
    expect(second.shipment).toMatchObject({ state: 'DELIVERED', lastPosition: 5n, carrierSequence: 5n });
    expect(transition(second.shipment, { type: 'news', news }).events).toEqual([]);
  });

  it('believes the carrier that it is too late, whether or not its list says so already', () => {
    const cancelling = known('CANCELLING');
    const told = transition(cancelling, { type: 'cancel-refused', news: [piece(2, 'PICKED_UP')], at });
    expect(told.events).toMatchObject([{ position: 2n, state: 'PICKED_UP', description: 'PICKED_UP 2' }]);
    const behind = transition(cancelling, { type: 'cancel-refused', news: [], at });
    expect(behind.events).toMatchObject([{ position: 2n, state: 'PICKED_UP' }]);
    expect(behind.shipment.state).toBe('PICKED_UP');
    const moved = transition(known('IN_TRANSIT'), { type: 'cancel-refused', news: [], at });
    expect(moved).toMatchObject({ shipment: { state: 'IN_TRANSIT' }, events: [] });
  });

  it('does not tell of a cancellation twice', () => {
    const { shipment: after } = transition(known('CANCELLING'), { type: 'news', news: [piece(2, 'CANCELLED')] });
    expect(after.state).toBe('CANCELLED');
    expect(transition(after, { type: 'cancelled', at })).toEqual({ shipment: after, events: [] });
  });
});
