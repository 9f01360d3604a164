import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Commit } from '../../../src/embedded/etcd/store/key-value.ts';
import { deleteOf, putOf, rangeOf, storeWithBook } from './operations.ts';

const ALL = ['\0', '\0'] as const;

describe('createStore', () => {
  it('begins at revision 1, as etcd does', () => {
    expect(storeWithBook().store).toMatchObject({ revision: 1, compactedRevision: -1 });
  });

  it('emits each revision as one commit, with what was before', () => {
    const { store } = storeWithBook();
    const commits: Commit[] = [];
    store.events.on('commit', (commit) => commits.push(commit));
    store.put(putOf('a', '1'));
    store.put(putOf('b', '1'));
    store.delete(deleteOf('nothing'));
    store.delete(deleteOf(...ALL));
    expect(commits.map((commit) => [commit.revision, commit.events.map((event) => event.type)])).toEqual([
      [2, ['put']],
      [3, ['put']],
      [4, ['delete', 'delete']],
    ]);
    expect(commits[2]?.events[1]).toMatchObject({
      kv: { key: 'b', modRevision: 4, version: 0 },
      previous: { key: 'b', modRevision: 3, version: 1 },
    });
  });

  it('reads every revision as it was, whatever was done', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.option(fc.string({ maxLength: 3 }), { nil: undefined }), // undefined deletes
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, compaction) => {
        const { store } = storeWithBook();
        const model = new Map<string, string>();
        const past = new Map([[1, '']]);
        const picture = (entries: Iterable<[string, string]>) =>
          JSON.stringify([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
        past.set(1, picture(model));
        for (const { key, value } of steps) {
          if (value === undefined) {
            store.delete(deleteOf(key));
            model.delete(key);
          } else {
            store.put(putOf(key, value));
            model.set(key, value);
          }
          past.set(store.revision, picture(model));
        }
        const compacted = 1 + (compaction % store.revision);
        store.compact(compacted);
        for (let revision = compacted; revision <= store.revision; revision += 1) {
          const { kvs } = store.range(rangeOf(...ALL, { revision }));
          expect(picture(kvs.map((kv) => [kv.key, kv.value.toString()]))).toBe(past.get(revision));
        }
        if (compacted > 1) expect(() => store.range(rangeOf(...ALL, { revision: compacted - 1 }))).toThrow('compacted');
      }),
    );
  });

  it('compacts on its own beyond its history, and forgets the bytes', () => {
    const { store } = storeWithBook(100);
    for (let write = 0; write < 1_000; write += 1) store.put(putOf('a', '12345'));
    expect(store.compactedRevision).toBeGreaterThanOrEqual(store.revision - 110);
    expect(store.commitAt(store.compactedRevision - 1)).toBeUndefined();
    expect(store.commitAt(store.compactedRevision)).toBeDefined();
    expect(store.sizeBytes).toBeLessThanOrEqual(112 * 6);
    store.delete(deleteOf('a'));
    store.compact(store.revision);
    expect(store.sizeBytes).toBe(0);
  });

  it('attaches keys to leases and lets them go', () => {
    const { store, book } = storeWithBook();
    book.add(7n);
    store.put(putOf('b', '1', { lease: 7n }));
    store.put(putOf('a', '1', { lease: 7n }));
    expect(book.keys(7n)).toEqual(['a', 'b']);
    store.put(putOf('a', '2'));
    store.delete(deleteOf('b'));
    expect(book.keys(7n)).toEqual([]);
  });

  it('changes nothing when a transaction cannot be done whole', () => {
    const { store } = storeWithBook();
    const success = [
      { kind: 'put', put: putOf('a', '1') },
      { kind: 'put', put: putOf('b', '1', { lease: 9n }) },
    ] as const;
    expect(() => store.transaction({ compares: [], success, failure: [] })).toThrow('requested lease not found');
    expect(store.revision).toBe(1);
    expect(store.range(rangeOf(...ALL)).kvs).toEqual([]);
  });
});
