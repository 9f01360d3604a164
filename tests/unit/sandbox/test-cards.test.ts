import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { brandOf, passesLuhn } from '../../../src/sandbox/payment-provider/card-number.ts';
import { behaviourOf, behaviours, testCard } from '../../../src/sandbox/payment-provider/test-cards.ts';

describe('TEST_CARDS', () => {
  it.each(behaviours())('%s has a number of its own that a form accepts', (behaviour) => {
    const card = testCard(behaviour);
    expect(passesLuhn(card.number)).toBe(true);
    expect(brandOf(card.number)).toBe(card.brand);
    expect(behaviourOf(card.number)).toBe(behaviour);
  });
});

describe('passesLuhn', () => {
  it('notices every single wrong digit', () => {
    const digit = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(fc.constantFrom(...behaviours()), fc.nat(), digit, (behaviour, place, other) => {
        const { number } = testCard(behaviour);
        const index = place % number.length;
        const changed = number.slice(0, index) + other + number.slice(index + 1);
        expect(passesLuhn(changed)).toBe(changed === number);
      }),
    );
  });
});
