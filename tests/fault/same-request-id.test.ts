import { describe, expect, it } from '@jest/globals';

import { sameRequestId } from './rows/same-request-id.ts';

describe('sameRequestId', () => {
  it('passes with 4 ids, 50 callers each', async () => {
    expect(await sameRequestId({ seed: 1, ids: 4, callers: 50 })).toMatchObject({ breaches: [] });
  }, 240_000);
});
