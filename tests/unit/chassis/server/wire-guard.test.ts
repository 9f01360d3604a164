import { describe, expect, it } from '@jest/globals';

import { isMalformed, parseTimeout } from '../../../../src/chassis/server/wire-guard.ts';

describe('parseTimeout', () => {
  it.each([
    ['2H', 7_200_000],
    ['3M', 180_000],
    ['5S', 5_000],
    ['99999999m', 99_999_999],
    ['1500u', 1.5],
    ['2000000n', 2],
  ])('reads %s', (value, ms) => {
    expect(parseTimeout(value)).toBeCloseTo(ms, 9);
  });
});

describe('isMalformed', () => {
  it.each([
    ['grpc-timeout', '100', true],
    ['grpc-timeout', '123456789m', true],
    ['grpc-timeout', '-1m', true],
    ['grpc-timeout', '1m', false],
    ['x-data-bin', 'AAE', false],
    ['x-data-bin', 'AAE=,AA==', false],
    ['x-data-bin', 'A', true],
    ['x-data', 'A%', false],
  ])('says of %s: %s: %s', (name, value, malformed) => {
    expect(isMalformed(name, value)).toBe(malformed);
  });
});
