import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { eventually } from '../../support/eventually.ts';
import { miscounted, untold } from '../../support/told.ts';
import { failure, parcelTo, startHarness, type Harness } from './harness.ts';

/** Parcels that stand still, and parcels that are at their end within two seconds. */
let still: Harness;
let fast: Harness;
beforeAll(async () => {
  still = await startHarness({ timeoutMs: 5_000 });
  fast = await startHarness({ timeoutMs: 5_000, hourMs: 8 });
});
afterAll(async () => {
  await still.close();
  await fast.close();
});

const id = () => crypto.randomUUID();

describe('the outboxes of the shipping process', () => {
  it('have had every type of the contract, and count the events of each shipment', async () => {
    const { id: shipmentId, items } = await still.arranged();
    const removals = [{ productId: items[0]!.productId, quantity: 1 }];
    await still.client.amendShipment({ requestId: id(), shipmentId, removals, reason: 'not wanted' });
    await still.client.cancelShipment({ requestId: id(), target: { $case: 'shipmentId', value: shipmentId } });
    await failure(still.client.arrangeShipment(parcelTo('00000'))); // refused
    await fast.arranged(); // delivered
    await fast.client.arrangeShipment(parcelTo('00009')); // returned
    await fast.client.arrangeShipment(parcelTo('00010')); // lost
    await eventually(
      async () => {
        expect(await untold('shipping', still.database, fast.database)).toEqual([]);
      },
      { timeoutMs: 20_000 },
    );
    expect(await miscounted(still.database)).toEqual([]);
    expect(await miscounted(fast.database)).toEqual([]);
  });
});
