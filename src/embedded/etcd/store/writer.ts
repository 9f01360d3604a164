import type { LeaseBook } from '../leases/lease-book.ts';
import type { KeyIndex } from './key-index.ts';
import type { KeyRange } from './key-range.ts';
import { NO_LEASE, tombstone, type KeyText, type KeyValue, type StoreEvent } from './key-value.ts';
import type { DeleteCommand, DeleteResult, PutCommand, PutResult } from './operations.ts';

/** One revision in the making: what it writes is seen at once by what follows inside it. */
export interface Writer {
  /** The revision as seen from inside: the last one until something is written, then the one being made. */
  readonly revision: number;
  readonly events: readonly StoreEvent[];
  put(put: PutCommand): PutResult;
  delete(deletion: DeleteCommand): DeleteResult;
}

/** What a writer writes to, and the revision it starts from. */
export interface WriterOptions {
  readonly index: KeyIndex;
  readonly leases: LeaseBook;
  readonly baseRevision: number;
}

/** Begins a revision. Every command must have been checked: the writer does not refuse, so nothing needs undoing. */
export function createWriter({ index, leases, baseRevision }: WriterOptions): Writer {
  const events: StoreEvent[] = [];
  const next = baseRevision + 1;
  const seen = () => (events.length > 0 ? next : baseRevision);

  function moveLease(key: KeyText, from: bigint, to: bigint): void {
    if (from !== NO_LEASE) leases.detach(from, key);
    if (to !== NO_LEASE) leases.attach(to, key);
  }

  function remove(range: KeyRange): readonly KeyValue[] {
    const found = index.range(range, next);
    for (const previous of found) {
      index.write(previous.key, next, undefined);
      moveLease(previous.key, previous.lease, NO_LEASE);
      events.push({ type: 'delete', kv: tombstone(previous.key, next), previous });
    }
    return found;
  }

  return {
    get revision() {
      return seen();
    },
    events,
    put(put) {
      const previous = index.at(put.key, next);
      const kv: KeyValue = {
        key: put.key,
        value: put.ignoreValue && previous !== undefined ? previous.value : put.value,
        createRevision: previous?.createRevision ?? next,
        modRevision: next,
        version: (previous?.version ?? 0) + 1,
        lease: put.ignoreLease && previous !== undefined ? previous.lease : put.lease,
      };
      index.write(put.key, next, kv);
      moveLease(put.key, previous?.lease ?? NO_LEASE, kv.lease);
      events.push({ type: 'put', kv, previous });
      return { revision: next, previous: put.returnPrevious ? previous : undefined };
    },
    delete(deletion) {
      const found = remove(deletion.range);
      return { revision: seen(), deleted: found.length, previous: deletion.returnPrevious ? found : [] };
    },
  };
}
