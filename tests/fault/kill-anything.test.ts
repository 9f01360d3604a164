import { describe, expect, it } from '@jest/globals';

import { killAnything } from './rows/kill-anything.ts';

describe('killAnything', () => {
  it('passes with 8 kills in 20 seconds and 200 orders', async () => {
    const result = await killAnything({ seed: 1, kills: 8, durationMs: 20_000, orders: 200 });
    expect(result).toMatchObject({ breaches: [] });
  }, 300_000);
});
