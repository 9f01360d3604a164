import { createLeaseBook, type LeaseBook } from '../../../src/embedded/etcd/leases/lease-book.ts';
import { keyRange } from '../../../src/embedded/etcd/store/key-range.ts';
import { NO_LEASE } from '../../../src/embedded/etcd/store/key-value.ts';
import type { DeleteCommand, PutCommand, RangeQuery } from '../../../src/embedded/etcd/store/operations.ts';
import { createStore, type Store } from '../../../src/embedded/etcd/store/store.ts';

/** A write of a text. */
export function putOf(key: string, value: string, more: Partial<PutCommand> = {}): PutCommand {
  return {
    key,
    value: Buffer.from(value),
    lease: NO_LEASE,
    returnPrevious: false,
    ignoreValue: false,
    ignoreLease: false,
    ...more,
  };
}

/** A read of `[key, rangeEnd)` as etcd writes ranges. */
export function rangeOf(key: string, rangeEnd = '', more: Partial<RangeQuery> = {}): RangeQuery {
  return {
    range: keyRange(key, rangeEnd),
    revision: 0,
    limit: 0,
    sortOrder: 'none',
    sortTarget: 'key',
    keysOnly: false,
    countOnly: false,
    minModRevision: 0,
    maxModRevision: 0,
    minCreateRevision: 0,
    maxCreateRevision: 0,
    ...more,
  };
}

/** A deletion of `[key, rangeEnd)`. */
export function deleteOf(key: string, rangeEnd = ''): DeleteCommand {
  return { range: keyRange(key, rangeEnd), returnPrevious: false };
}

/** An empty store with the lease book it looks into. */
export function storeWithBook(historyLimit = 10_000): { readonly store: Store; readonly book: LeaseBook } {
  const book = createLeaseBook();
  return { store: createStore({ leases: book, historyLimit }), book };
}
