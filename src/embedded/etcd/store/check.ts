import { assertNever } from '../../../chassis/core/index.ts';
import { etcdError } from '../errors.ts';
import { inRange, type KeyRange } from './key-range.ts';
import { NO_LEASE, type KeyText } from './key-value.ts';
import type { DeleteCommand, Operation, PutCommand, RangeQuery, Transaction } from './operations.ts';

/** etcd's default of `--max-txn-ops`: the most operations in one list of a transaction. */
const MAX_TRANSACTION_OPERATIONS = 128;

// The order of these checks is etcd's: a request with two faults gets the same answer. Source: v3rpc/key.go.

/** Refuses a read that names no key. */
export function checkRange(query: RangeQuery): void {
  if (query.range.start === '') throw etcdError('EMPTY_KEY');
}

/** Refuses a write without a key, or that gives what it says to keep. */
export function checkPut(put: PutCommand): void {
  if (put.key === '') throw etcdError('EMPTY_KEY');
  if (put.ignoreValue && put.value.length > 0) throw etcdError('VALUE_PROVIDED');
  if (put.ignoreLease && put.lease !== NO_LEASE) throw etcdError('LEASE_PROVIDED');
}

/** Refuses a deletion that names no key. */
export function checkDelete(deletion: DeleteCommand): void {
  if (deletion.range.start === '') throw etcdError('EMPTY_KEY');
}

/** Refuses a transaction that is too long, has a faulty operation, or may write one key twice. */
export function checkTransaction(txn: Transaction): void {
  checkShape(txn, MAX_TRANSACTION_OPERATIONS);
  collectWrites(txn.success);
  collectWrites(txn.failure);
}

function checkShape(txn: Transaction, maxOperations: number): void {
  const operations = Math.max(txn.compares.length, txn.success.length, txn.failure.length);
  if (operations > maxOperations) throw etcdError('TOO_MANY_OPS');
  if (txn.compares.some((compare) => compare.range.start === '')) throw etcdError('EMPTY_KEY');
  for (const operation of [...txn.success, ...txn.failure]) checkOperation(operation, maxOperations - operations);
}

function checkOperation(operation: Operation, maxOperations: number): void {
  switch (operation.kind) {
    case 'range':
      return checkRange(operation.query);
    case 'put':
      return checkPut(operation.put);
    case 'delete':
      return checkDelete(operation.deletion);
    case 'txn':
      return checkShape(operation.txn, maxOperations);
    case 'none':
      throw etcdError('KEY_NOT_FOUND');
    default:
      return assertNever(operation);
  }
}

interface Writes {
  readonly puts: Set<KeyText>;
  readonly deletions: KeyRange[];
}

/** What a list may put and delete; throws where two of its puts, or a put and a deletion, meet in one key. */
function collectWrites(operations: readonly Operation[]): Writes {
  const puts = new Set<KeyText>();
  const deletions = operations.flatMap((operation) => (operation.kind === 'delete' ? [operation.deletion.range] : []));
  const add = (key: KeyText, allowed?: ReadonlySet<KeyText>) => {
    if (puts.has(key) && allowed?.has(key) !== true) throw etcdError('DUPLICATE_KEY');
    if (deletions.some((range) => inRange(range, key))) throw etcdError('DUPLICATE_KEY');
    puts.add(key);
  };

  for (const operation of operations) {
    if (operation.kind !== 'txn') continue;
    const onSuccess = collectWrites(operation.txn.success);
    const onFailure = collectWrites(operation.txn.failure);
    for (const key of onSuccess.puts) add(key);
    for (const key of onFailure.puts) add(key, onSuccess.puts); // only one of the two lists will run
    deletions.push(...onSuccess.deletions, ...onFailure.deletions);
  }
  for (const operation of operations) if (operation.kind === 'put') add(operation.put.key);
  return { puts, deletions };
}
