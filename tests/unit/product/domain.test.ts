import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  MOVES,
  assertReservable,
  commit,
  parseDecimal,
  parsePrice,
  release,
  searchQuery,
  searchVector,
  sortName,
  withoutGap,
  wordsOf,
  type LockedReservation,
  type ProductId,
  type ReservationState,
  type Shelf,
} from '../../../src/services/product/domain.ts';

const id = (text: string) => text as ProductId; // any text will do here

describe('MOVES', () => {
  it('keep available + reserved + sold = received', () => {
    for (const { available, reserved, sold, received } of Object.values(MOVES)) {
      expect(available + reserved + sold).toBe(received);
    }
  });
});

describe('reservations', () => {
  const at = (state: ReservationState, pastEnd = false): LockedReservation => ({
    ...{ id: 'r' as LockedReservation['id'], state, pastEnd, lines: [], releaseReason: '', version: 1n },
    ...{ expireTime: new Date(0), createTime: new Date(0), updateTime: new Date(0) },
  });

  it.each<[ReservationState, boolean, readonly string[]]>([
    ['HELD', false, ['COMMITTED']],
    ['HELD', true, ['EXPIRED', 'COMMITTED_LATE']],
    ['EXPIRED', true, ['COMMITTED_LATE']],
    ['COMMITTED', true, []],
  ])('that are %s (past their end: %s) are committed by %j', (state, pastEnd, moves) => {
    expect(commit(at(state, pastEnd))).toEqual({ moves, state: 'COMMITTED' });
  });

  it.each<[ReservationState]>([['RELEASED'], ['TOMBSTONED']])('that are %s are not committed', (state) => {
    expect(() => commit(at(state))).toThrow(expect.objectContaining({ reason: 'RESERVATION_RELEASED' }));
  });

  it.each<[ReservationState, readonly string[], ReservationState]>([
    ['HELD', ['RELEASED'], 'RELEASED'],
    ['EXPIRED', [], 'EXPIRED'],
    ['RELEASED', [], 'RELEASED'],
    ['TOMBSTONED', [], 'TOMBSTONED'],
  ])('that are %s are released by %j', (state, moves, then) => {
    expect(release(at(state), false)).toEqual({ moves, state: then });
  });

  it('that are committed are released only to be returned', () => {
    expect(() => release(at('COMMITTED'), false)).toThrow(expect.objectContaining({ reason: 'RESERVATION_COMMITTED' }));
    expect(release(at('COMMITTED'), true)).toEqual({ moves: ['RETURNED'], state: 'RELEASED' });
  });

  it('are refused for the product that is missing before the one that is short', () => {
    const shelf: Shelf = {
      ...{ productId: id('a'), available: 1, reserved: 0, sold: 0, received: 1, updateTime: new Date(0) },
      ...{ sku: 'A', name: 'a', lowStockThreshold: 0, state: 'ACTIVE', deleted: false },
    };
    const want = (...names: string[]) => names.map((name) => ({ productId: id(name), quantity: 2 }));
    expect(() => assertReservable(want('a'), [shelf])).toThrow(expect.objectContaining({ reason: 'OUT_OF_STOCK' }));
    expect(() => assertReservable(want('a', 'b'), [shelf])).toThrow(
      expect.objectContaining({ reason: 'PRODUCT_NOT_FOUND', metadata: { product_id: 'b' } }),
    );
    expect(() => assertReservable(want('a'), [{ ...shelf, state: 'DISCONTINUED' }])).toThrow(
      expect.objectContaining({ reason: 'PRODUCT_DISCONTINUED' }),
    );
    expect(() => assertReservable([{ productId: id('a'), quantity: 1 }], [shelf])).not.toThrow();
  });
});

describe('parseDecimal', () => {
  it.each([
    ['19.99', 19n, 990_000_000],
    ['0', 0n, 0],
    ['007.10', 7n, 100_000_000],
    ['1.0000000000000', 1n, 0],
    ['9223372036854775807', 9_223_372_036_854_775_807n, 0],
  ])('reads %s exactly', (text, units, nanos) => {
    expect(parseDecimal(text, 'EUR')).toEqual({ currencyCode: 'EUR', units, nanos });
  });

  it.each(['', '-1', '+1', '1,5', '1.', '.5', '1e3', ' 1', '٣', '9223372036854775808', '0.0000000001'])(
    'does not take %j for a price',
    (text) => {
      expect(parseDecimal(text, 'EUR')).toBeUndefined();
    },
  );

  it('gives every amount of cents back', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), fc.integer({ min: 0, max: 99 }), (units, cents) => {
        const text = `${units}.${String(cents).padStart(2, '0')}`;
        expect(parseDecimal(text, 'EUR')).toEqual({ currencyCode: 'EUR', units, nanos: cents * 10_000_000 });
      }),
    );
  });
});

describe('parsePrice', () => {
  it.each([
    ['JPY', 1_000_000_000 / 2, false],
    ['EUR', 10_000_000, true],
    ['EUR', 1_000_000, false],
    ['BHD', 1_000_000, true],
    ['CLF', 100_000, true],
  ])('knows the smallest unit of %s: %i nanos taken: %s', (currencyCode, nanos, taken) => {
    const parse = () => parsePrice({ currencyCode, units: 1n, nanos }, 'price');
    if (taken) expect(parse()).toEqual({ currencyCode, units: 1n, nanos });
    else expect(parse).toThrow(expect.objectContaining({ reason: 'PRICE_INVALID' }));
  });
});

describe('search words', () => {
  it('are letters and digits, without case and accents', () => {
    expect(wordsOf('Café-Table №2, ﬁne! ΣΊΣΥΦΟΣ İ')).toEqual(['cafe', 'table', 'no2', 'fine', 'σισυφος', 'i']);
    expect(wordsOf('🛋 --- \0')).toEqual([]);
  });

  it('make a vector that weighs the name most', () => {
    expect(searchVector({ name: 'Red mug', sku: 'MUG-1', category: 'mugs', description: 'A red one' })).toBe(
      `'red':1A,7C 'mug':2A,3B '1':4B 'mugs':5B 'a':6C 'one':8C`,
    );
  });

  it('make a query of beginnings, but of whole numbers', () => {
    expect(searchQuery('Red LAMP-17 red')).toEqual({
      matching: `'red':* & 'lamp':* & '17'`,
      exact: `'red' | 'lamp' | '17'`,
    });
    expect(searchQuery(' !? ')).toBeUndefined();
  });

  it('never break out of their quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const word of wordsOf(text)) expect(word).toMatch(/^[\p{L}\p{N}]+$/u);
        expect([...sortName(text)].length).toBeLessThanOrEqual(200);
      }),
    );
  });
});

describe('withoutGap', () => {
  const rows = (...positions: bigint[]) => positions.map((position) => ({ position }));

  it('stops before the first position that is missing', () => {
    expect(withoutGap(rows(4n, 5n, 7n), 3n)).toEqual(rows(4n, 5n));
    expect(withoutGap(rows(5n), 3n)).toEqual([]);
    expect(withoutGap(rows(4n), 3n)).toEqual(rows(4n));
    expect(withoutGap([], 3n)).toEqual([]);
  });
});
