import { describe, expect, it } from '@jest/globals';

import { hostOf } from '../../../src/chassis/core/index.ts';

describe('hostOf', () => {
  it.each([
    ['10.0.0.1:5000', '10.0.0.1'],
    ['localhost:80', 'localhost'],
    ['[::1]:5000', '[::1]'],
    ['::1:5000', '::1'],
    ['::ffff:10.0.0.1:5000', '::ffff:10.0.0.1'],
    ['unknown', 'unknown'],
  ])('of %s is %s', (address, host) => {
    expect(hostOf(address)).toBe(host);
  });
});
