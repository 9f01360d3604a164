import { describe, expect, it } from '@jest/globals';

import { assertUsable, hasExpired } from '../../../src/services/payment/domain.ts';

const card = { number: '4242424242424242', cvc: '123', expiryMonth: 2, expiryYear: 2030, holderName: 'Ada' };
const now = Date.UTC(2029, 0, 15);

describe('hasExpired', () => {
  it('is false until the last instant of the last month and true from the next', () => {
    const end = Date.UTC(2030, 2);
    expect(hasExpired(card, end - 1)).toBe(false);
    expect(hasExpired(card, end)).toBe(true);
  });

  it('knows that a year follows December', () => {
    expect(hasExpired({ expiryMonth: 12, expiryYear: 2029 }, Date.UTC(2029, 11, 31))).toBe(false);
    expect(hasExpired({ expiryMonth: 12, expiryYear: 2029 }, Date.UTC(2030, 0, 1))).toBe(true);
  });
});

describe('assertUsable', () => {
  it('accepts a card that is good', () => {
    expect(() => assertUsable(card, now)).not.toThrow();
  });

  it('names the wrong check digit and the month that has passed at once, and quotes no number', () => {
    const bad = { ...card, number: '4242424242424241', expiryYear: 2020 };
    expect.assertions(3);
    try {
      assertUsable(bad, now);
    } catch (error) {
      expect(error).toMatchObject({
        reason: 'CARD_INVALID',
        details: [{ violations: [{ field: 'card.number' }, { field: 'card.expiry_month' }] }],
      });
      expect(JSON.stringify(error)).not.toContain('42424242');
      expect(String(error)).not.toContain('42424242');
    }
  });
});
