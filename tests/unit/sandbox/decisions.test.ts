import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ApiError } from '../../../src/sandbox/http/index.ts';
import { authorize, capture, refund, voidAuthorization } from '../../../src/sandbox/payment-provider/decisions.ts';
import { createLedger, type PaymentEvent } from '../../../src/sandbox/payment-provider/ledger.ts';
import { summarize } from '../../../src/sandbox/payment-provider/summary.ts';

const step = fc.record({
  action: fc.constantFrom('authorize', 'capture', 'void', 'refund'),
  target: fc.nat(3),
  amount: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
});

describe('decisions', () => {
  it('keep the money exact whatever is asked, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const ledger = createLedger();
        const authorizations: string[] = [];
        const captures: string[] = [];
        /** Kept beside, by what was granted alone. */
        const expected = { held: 0, captured: 0, refunded: 0 };

        for (const [index, { action, target, amount }] of steps.entries()) {
          const moment = { id: String(index), nowMs: index };
          const authorizationId = authorizations[target] ?? 'auth_never';
          const captureId = captures[target] ?? 'cap_never';
          const request = { token: 'tok_test_approve', amount: amount ?? 100, currency: 'EUR', reference: 'r' };
          const held = ledger.authorization(authorizationId)?.amount ?? 0;
          const event = attempt(() => {
            if (action === 'authorize') return authorize(ledger, request, moment);
            if (action === 'capture') return capture(ledger, { authorizationId, amount }, moment);
            if (action === 'void') return voidAuthorization(ledger, authorizationId, moment);
            return refund(ledger, { captureId, amount }, moment);
          });
          if (event === undefined) continue;
          ledger.apply(event);
          if (event.type === 'AUTHORIZED') {
            authorizations.push(event.authorization.id);
            expected.held += event.authorization.amount;
          } else if (event.type === 'CAPTURED') {
            captures.push(event.authorization.capture.id);
            expected.held -= held;
            expected.captured += event.authorization.capture.amount;
          } else if (event.type === 'VOIDED') {
            expected.held -= held;
          } else if (event.type === 'REFUNDED') {
            expected.refunded += event.refund.amount;
          }
        }

        const { totals } = summarize(ledger.authorizations());
        expect(totals[0] ?? { held: 0, captured: 0, refunded: 0 }).toMatchObject(expected);
        for (const authorization of ledger.authorizations()) {
          if (authorization.status !== 'CAPTURED') continue;
          expect(authorization.capture.amount).toBeLessThanOrEqual(authorization.amount);
          expect(authorization.capture.refunded).toBeLessThanOrEqual(authorization.capture.amount);
        }
      }),
    );
  });
});

/** The event, or undefined when it was refused as merchants are told; any other error ends the test. */
function attempt(decide: () => PaymentEvent): PaymentEvent | undefined {
  try {
    return decide();
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
