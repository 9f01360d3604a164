import { describe, expect, it } from '@jest/globals';

import { systemClock } from '../../../src/chassis/core/index.ts';
import { inBatches } from '../../../src/services/product/in-batches.ts';

const options = { size: 3, waitMs: 60_000, clock: systemClock };

async function* count(to: number) {
  for (let item = 1; item <= to; item += 1) yield item;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

describe('inBatches', () => {
  it.each([
    [0, []],
    [2, [[1, 2]]],
    [3, [[1, 2, 3]]],
    [7, [[1, 2, 3], [4, 5, 6], [7]]],
  ])('gives %i items out whole and in order', async (items, batches) => {
    expect(await collect(inBatches(count(items), options))).toEqual(batches);
  });

  it('gives out a batch that has waited long enough, and loses no item over it', async () => {
    let release = () => {};
    const more = new Promise<void>((resolve) => (release = resolve));
    const batches = inBatches(
      (async function* () {
        yield 1;
        await more;
        yield 2;
      })(),
      { ...options, waitMs: 1 },
    )[Symbol.asyncIterator]();
    expect(await batches.next()).toEqual({ done: false, value: [1] });
    release();
    expect(await batches.next()).toEqual({ done: false, value: [2] });
    expect((await batches.next()).done).toBe(true);
  });

  it('gives out what came before its source failed, then fails', async () => {
    const batches = inBatches(
      (async function* () {
        yield* count(4);
        throw new Error('broken');
      })(),
      options,
    )[Symbol.asyncIterator]();
    expect((await batches.next()).value).toEqual([1, 2, 3]);
    expect((await batches.next()).value).toEqual([4]);
    await expect(batches.next()).rejects.toThrow('broken');
  });

  it('takes no more than a batch ahead of its reader, and ends its source when the reader leaves', async () => {
    let taken = 0;
    let ended = false;
    const source = (async function* () {
      try {
        for (;;) yield (taken += 1);
      } finally {
        ended = true;
      }
    })();
    for await (const batch of inBatches(source, options)) {
      expect(batch).toEqual([1, 2, 3]);
      break;
    }
    expect(taken).toBeLessThanOrEqual(4);
    expect(ended).toBe(true);
  });
});
