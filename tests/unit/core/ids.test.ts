import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { isUuid, newId } from '../../../src/chassis/core/index.ts';

describe('newId', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('makes UUIDs of version 7 that sort in the order in which they were made, and none twice', () => {
    const ids = Array.from({ length: 5_000 }, newId);
    expect(ids.every((id) => isUuid(id) && /^.{14}7.{4}[89ab]/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
  });

  it('says when it was made', () => {
    const before = Date.now();
    const atMs = Number.parseInt(newId().replaceAll('-', '').slice(0, 12), 16);
    expect(atMs).toBeGreaterThanOrEqual(before);
    expect(atMs).toBeLessThanOrEqual(Date.now());
  });

  it('goes on in order when the clock is set back', () => {
    const before = newId();
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000);
    const after = [newId(), newId()];
    expect([before, ...after].sort()).toEqual([before, ...after]);
  });
});
