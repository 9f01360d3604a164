import { describe, expect, it } from '@jest/globals';

import { systemRandom } from '../../../src/chassis/core/index.ts';
import { createLessor } from '../../../src/embedded/etcd/leases/lessor.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { putOf, rangeOf, storeWithBook } from './operations.ts';

function setUp() {
  const clock = createManualClock();
  const { store, book } = storeWithBook();
  const lessor = createLessor({ book, clock, random: systemRandom, deleteKeys: store.deleteKeys });
  const keys = () => store.range(rangeOf('\0', '\0')).kvs.map((kv) => kv.key);
  return { clock, store, lessor, keys };
}

describe('createLessor', () => {
  it('ends a lease when its time is over, not before, with all its keys in one revision', () => {
    const { clock, store, lessor, keys } = setUp();
    const { id } = lessor.grant(0n, 10);
    store.put(putOf('a', '1', { lease: id }));
    store.put(putOf('b', '1', { lease: id }));
    clock.advance(9_999);
    expect(keys()).toEqual(['a', 'b']);
    expect(lessor.find(id)).toMatchObject({ remainingTtlSeconds: 0, grantedTtlSeconds: 10 });
    const before = store.revision;
    clock.advance(1);
    expect(keys()).toEqual([]);
    expect(store.revision).toBe(before + 1);
    expect(lessor.find(id)).toBeUndefined();
    expect(lessor.renew(id)).toBe(0);
  });

  it('lets a renewal begin the time again, and ends others in time', () => {
    const { clock, store, lessor, keys } = setUp();
    const kept = lessor.grant(0n, 10).id;
    const short = lessor.grant(0n, 4).id;
    const long = lessor.grant(0n, 60).id;
    for (const [key, lease] of Object.entries({ kept, short, long })) store.put(putOf(key, '1', { lease }));
    expect(lessor.list()).toEqual([short, kept, long]);
    clock.advance(4_000);
    expect(keys()).toEqual(['kept', 'long']);
    for (let beat = 0; beat < 10; beat += 1) {
      expect(lessor.renew(kept)).toBe(10);
      clock.advance(5_000);
    }
    expect(keys()).toEqual(['kept', 'long']);
    clock.advance(6_000);
    expect(keys()).toEqual([]);
  });

  it('ends nothing after it was closed', () => {
    const { clock, store, lessor, keys } = setUp();
    const { id } = lessor.grant(0n, 2);
    store.put(putOf('a', '1', { lease: id }));
    lessor.close();
    clock.advance(60_000);
    expect(keys()).toEqual(['a']);
  });
});
