import { describe, expect, it } from '@jest/globals';

import type { Random } from '../../../src/chassis/core/index.ts';
import { decide, type Outcome, type SagaState } from '../../../src/chassis/saga/index.ts';
import type { OrderClients } from '../../../src/services/order/clients.ts';
import { defineCheckout } from '../../../src/services/order/saga.ts';

/** Half of every bound: what waits come to on average. */
const average: Random = { next: () => 0.5, bytes: (length) => new Uint8Array(length) };
const failure = { status: 'UNAVAILABLE', reason: 'DOWN', message: 'down' } as const;
const unknown: Outcome = { kind: 'unknown', failure, retryAfterMs: undefined };

describe('defineCheckout', () => {
  it.each(['reserve-stock', 'authorize-payment', 'arrange-shipment'])(
    'sits out an outage of most of a minute before it asks for an operator: undoing %s',
    (name) => {
      const checkout = defineCheckout({} as OrderClients); // no step runs here
      const step = checkout.steps.findIndex((one) => one.name === name);
      let state: SagaState = { kind: 'COMPENSATING', step, attempt: 1, failures: 0, done: [], failure };
      let waitedMs = 0;
      while (state.kind === 'COMPENSATING') {
        const decision = decide(checkout, state, [{ index: state.step, outcome: unknown }], average);
        waitedMs += decision.delayMs;
        state = decision.next;
      }
      expect(state.kind).toBe('PARKED');
      expect(waitedMs).toBeGreaterThan(50_000);
    },
  );

  it('holds stock for hours: a capture is asked for as long as the provider does not answer', async () => {
    const asked: { ttlSeconds?: number }[] = [];
    const reserveStock = async (request: { ttlSeconds?: number }) => {
      asked.push(request);
      return {};
    };
    const checkout = defineCheckout({ inventory: { reserveStock } } as never); // all that this step calls
    await checkout.steps[0]?.run({ key: 'k', input: { orderId: 'o', lines: [] } } as never);
    expect(asked[0]?.ttlSeconds).toBeGreaterThanOrEqual(12 * 60 * 60);
  });
});
