import { describe, expect, it } from '@jest/globals';

import { assertEtag, etagOf, pageSize } from '../../../src/chassis/store/index.ts';

describe('pageSize', () => {
  it.each([
    [0, 50],
    [1, 1],
    [200, 200],
    [201, 200],
  ])('gives %i the size %i', (requested, size) => {
    expect(pageSize(requested)).toBe(size);
  });

  it('refuses a negative one by the name of the field', () => {
    expect(() => pageSize(-1)).toThrow(
      expect.objectContaining({
        status: 'INVALID_ARGUMENT',
        details: [{ kind: 'badRequest', violations: [expect.objectContaining({ field: 'page_size' })] }],
      }),
    );
  });
});

describe('assertEtag', () => {
  it('accepts the version that was read, and no etag at all', () => {
    expect(() => assertEtag(etagOf(7n), 7n)).not.toThrow();
    expect(() => assertEtag('', 7n)).not.toThrow();
  });

  it.each(['v6', '7', 'V7', 'v7 '])('refuses %j for version 7 as ABORTED', (etag) => {
    expect(() => assertEtag(etag, 7n)).toThrow(expect.objectContaining({ status: 'ABORTED', reason: 'ETAG_MISMATCH' }));
  });
});
