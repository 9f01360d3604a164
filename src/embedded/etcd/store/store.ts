import { createEmitter, type Events } from '../../../chassis/core/index.ts';
import { etcdError } from '../errors.ts';
import type { LeaseBook } from '../leases/lease-book.ts';
import { checkDelete, checkPut, checkRange, checkTransaction } from './check.ts';
import { createEventLog } from './event-log.ts';
import { createKeyIndex } from './key-index.ts';
import { keyRange } from './key-range.ts';
import { NO_LEASE, type Commit, type KeyText } from './key-value.ts';
import type {
  DeleteCommand,
  DeleteResult,
  PutCommand,
  PutResult,
  RangeQuery,
  RangeResult,
  Transaction,
  TransactionResult,
} from './operations.ts';
import { shapeRange } from './range.ts';
import { checkPlan, planTransaction, runPlan } from './transaction.ts';
import { createWriter, type Writer } from './writer.ts';

/** What the store says of itself. */
interface StoreEvents {
  /** A revision was made; `store.revision` is already its own. */
  readonly commit: Commit;
}

/**
 * etcd's multi-version key space: a pure state machine. Revision 1 is the empty store; every change, however many keys
 * it touches, makes the next one. All methods finish at once and throw etcd's own errors.
 */
export interface Store {
  readonly revision: number;
  /** The oldest revision that can be read; -1 before the first compaction, as etcd has it. */
  readonly compactedRevision: number;
  readonly sizeBytes: number;
  readonly events: Events<StoreEvents>;
  range(query: RangeQuery): RangeResult;
  put(put: PutCommand): PutResult;
  delete(deletion: DeleteCommand): DeleteResult;
  transaction(txn: Transaction): TransactionResult;
  /** Forgets superseded versions below the revision. */
  compact(revision: number): void;
  /** Deletes these keys in one revision; for the leases. */
  deleteKeys(keys: readonly KeyText[]): void;
  /** The commit of a revision, for watchers; undefined when it is compacted or yet to come. */
  commitAt(revision: number): Commit | undefined;
}

/** What a store needs. */
export interface StoreOptions {
  readonly leases: LeaseBook;
  /** How many revisions stay readable without an explicit compaction. */
  readonly historyLimit: number;
}

/** An empty store at revision 1. */
export function createStore({ leases, historyLimit }: StoreOptions): Store {
  const index = createKeyIndex();
  const log = createEventLog();
  const emitter = createEmitter<StoreEvents>();
  // compacting in strides makes the price of one write constant
  const compactionStride = Math.max(1, Math.ceil(historyLimit / 10));
  let revision = 1;
  let compactedRevision = -1;

  function checkRevision(wanted: number): void {
    if (wanted > revision) throw etcdError('FUTURE_REVISION');
    if (wanted > 0 && wanted < compactedRevision) throw etcdError('COMPACTED');
  }

  function checkAgainstState(put: PutCommand): void {
    if ((put.ignoreValue || put.ignoreLease) && index.at(put.key, revision) === undefined) {
      throw etcdError('KEY_NOT_FOUND');
    }
    if (put.lease !== NO_LEASE && !leases.has(put.lease)) throw etcdError('LEASE_NOT_FOUND');
  }

  function read(query: RangeQuery, currentRevision: number): RangeResult {
    const found = index.range(query.range, query.revision > 0 ? query.revision : currentRevision);
    return { revision: currentRevision, count: found.length, ...shapeRange(found, query) };
  }

  function write<Result>(work: (writer: Writer) => Result): Result {
    const writer = createWriter({ index, leases, baseRevision: revision });
    const result = work(writer);
    if (writer.events.length > 0) {
      revision = writer.revision;
      const commit = { revision, events: writer.events };
      log.append(commit);
      emitter.emit('commit', commit);
      if (log.length > historyLimit + compactionStride) compactTo(revision - historyLimit);
    }
    return result;
  }

  function compactTo(target: number): void {
    compactedRevision = target;
    // the commit of the compacted revision itself stays, so that a watch may begin at it
    const touched = new Set<KeyText>();
    for (const commit of [...log.dropBefore(target), log.at(target)]) {
      for (const event of commit?.events ?? []) touched.add(event.kv.key);
    }
    index.compact(touched, target);
  }

  return {
    get revision() {
      return revision;
    },
    get compactedRevision() {
      return compactedRevision;
    },
    get sizeBytes() {
      return index.sizeBytes;
    },
    events: emitter,
    range(query) {
      checkRange(query);
      checkRevision(query.revision);
      return read(query, revision);
    },
    put(put) {
      checkPut(put);
      checkAgainstState(put);
      return write((writer) => writer.put(put));
    },
    delete(deletion) {
      checkDelete(deletion);
      return write((writer) => writer.delete(deletion));
    },
    transaction(txn) {
      checkTransaction(txn);
      const plan = planTransaction(txn, (range) => index.range(range, revision));
      checkPlan(plan, { put: checkAgainstState, range: (query) => checkRevision(query.revision) });
      return write((writer) => runPlan(plan, writer, (query) => read(query, writer.revision)));
    },
    compact(target) {
      if (target <= compactedRevision) throw etcdError('COMPACTED');
      if (target > revision) throw etcdError('FUTURE_REVISION');
      compactTo(target);
    },
    deleteKeys(keys) {
      write((writer) => {
        for (const key of keys) writer.delete({ range: keyRange(key, ''), returnPrevious: false });
      });
    },
    commitAt: (wanted) => log.at(wanted),
  };
}
