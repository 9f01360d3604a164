import { describe, expect, it } from '@jest/globals';

import { crashAtEveryPoint } from './rows/crash-points.ts';
import { takeover } from './rows/takeover.ts';

const SEED = 1;

describe('crashAtEveryPoint', () => {
  it('passes at a dozen points of all processes', async () => {
    expect(await crashAtEveryPoint({ seed: SEED, sample: 12, countsStart: false })).toMatchObject({ breaches: [] });
  }, 240_000);
});

describe('takeover', () => {
  it('passes with an order instance that dies for good, and one that freezes and thaws', async () => {
    expect(await takeover({ seed: SEED, orders: 30 })).toMatchObject({ breaches: [] });
  }, 180_000);
});
