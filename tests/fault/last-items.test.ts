import { describe, expect, it } from '@jest/globals';

import { lastItems } from './rows/last-items.ts';

describe('lastItems', () => {
  it('passes with 10 products of 4 pieces each and 100 buyers', async () => {
    expect(await lastItems({ seed: 1, units: 4 })).toMatchObject({ breaches: [] });
  }, 240_000);
});
