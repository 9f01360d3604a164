import { describe, expect, it } from '@jest/globals';

import { DEFAULT_SAMPLING, createSampling } from '../../../../src/chassis/tracing/index.ts';

describe('createSampling', () => {
  it('begins with the defaults of what it is not told', () => {
    expect(createSampling({ rootRatio: 0.1 })).toMatchObject({ rootRatio: 0.1, slowMs: DEFAULT_SAMPLING.slowMs });
  });

  it('is changed while it is in force', () => {
    const sampling = createSampling();
    sampling.change({ rootRatio: 0 });
    sampling.change({ slowMs: 20 });
    expect(sampling).toMatchObject({ rootRatio: 0, slowMs: 20 });
  });

  it.each([{ rootRatio: 1.5 }, { rootRatio: Number.NaN }, { slowMs: -1 }])('refuses %j and stays as it was', (rule) => {
    const sampling = createSampling({ rootRatio: 0.5, slowMs: 10 });
    expect(() => sampling.change(rule)).toThrow(RangeError);
    expect(sampling).toMatchObject({ rootRatio: 0.5, slowMs: 10 });
  });
});
