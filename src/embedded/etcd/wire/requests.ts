import { keyRange } from '../store/key-range.ts';
import type { KeyText } from '../store/key-value.ts';
import type {
  Compare,
  CompareSubject,
  DeleteCommand,
  Operation,
  PutCommand,
  RangeQuery,
  SortTarget,
  Transaction,
} from '../store/operations.ts';
import type { WatchRequest } from '../watch/watcher.ts';
import type {
  CompareMessage,
  DeleteRangeRequestMessage,
  PutRequestMessage,
  RangeRequestMessage,
  RequestOpMessage,
  TxnRequestMessage,
  WatchCreateRequestMessage,
} from './messages.ts';

// Enums as etcd numbers them; like etcd 3.4, an unknown number counts as the default.
const SORT_ORDERS = ['none', 'ascend', 'descend'] as const;
const SORT_TARGETS = ['key', 'version', 'create', 'mod', 'value'] as const satisfies SortTarget[];
const COMPARE_RESULTS = ['equal', 'greater', 'less', 'not equal'] as const;
const FILTERS = ['put', 'delete'] as const;
const EMPTY = Buffer.alloc(0);

/** A key's bytes as the store writes them. */
function keyText(bytes: Buffer): KeyText {
  return bytes.toString('latin1');
}

/** A read as the store takes it. Revisions beyond 2^53 lose their last digits, which no store will ever reach. */
export function toRangeQuery(message: RangeRequestMessage): RangeQuery {
  return {
    range: keyRange(keyText(message.key), keyText(message.range_end)),
    revision: Number(message.revision),
    limit: Number(message.limit),
    sortOrder: SORT_ORDERS[message.sort_order] ?? 'none',
    sortTarget: SORT_TARGETS[message.sort_target] ?? 'key',
    keysOnly: message.keys_only,
    countOnly: message.count_only,
    minModRevision: Number(message.min_mod_revision),
    maxModRevision: Number(message.max_mod_revision),
    minCreateRevision: Number(message.min_create_revision),
    maxCreateRevision: Number(message.max_create_revision),
  };
}

/** A write as the store takes it. */
export function toPutCommand(message: PutRequestMessage): PutCommand {
  return {
    key: keyText(message.key),
    value: message.value,
    lease: BigInt(message.lease),
    returnPrevious: message.prev_kv,
    ignoreValue: message.ignore_value,
    ignoreLease: message.ignore_lease,
  };
}

/** A deletion as the store takes it. */
export function toDeleteCommand(message: DeleteRangeRequestMessage): DeleteCommand {
  return { range: keyRange(keyText(message.key), keyText(message.range_end)), returnPrevious: message.prev_kv };
}

/** A transaction as the store takes it. */
export function toTransaction(message: TxnRequestMessage): Transaction {
  return {
    compares: message.compare.map(toCompare),
    success: message.success.map(toOperation),
    failure: message.failure.map(toOperation),
  };
}

function toOperation(message: RequestOpMessage): Operation {
  if (message.request_range) return { kind: 'range', query: toRangeQuery(message.request_range) };
  if (message.request_put) return { kind: 'put', put: toPutCommand(message.request_put) };
  if (message.request_delete_range) return { kind: 'delete', deletion: toDeleteCommand(message.request_delete_range) };
  if (message.request_txn) return { kind: 'txn', txn: toTransaction(message.request_txn) };
  return { kind: 'none' };
}

function toCompare(message: CompareMessage): Compare {
  return {
    range: keyRange(keyText(message.key), keyText(message.range_end)),
    result: COMPARE_RESULTS[message.result] ?? 'equal',
    subject: toSubject(message),
  };
}

function toSubject(message: CompareMessage): CompareSubject {
  switch (message.target) {
    case 1:
      return { target: 'create', operand: Number(message.create_revision ?? 0) };
    case 2:
      return { target: 'mod', operand: Number(message.mod_revision ?? 0) };
    case 3:
      return { target: 'value', operand: message.value ?? EMPTY };
    case 4:
      return { target: 'lease', operand: BigInt(message.lease ?? 0) };
    default:
      return { target: 'version', operand: Number(message.version ?? 0) };
  }
}

/** A watch as the hub takes it. No key means the smallest one. Source: etcd, v3rpc/watch.go. */
export function toWatchRequest(message: WatchCreateRequestMessage): WatchRequest {
  return {
    range: keyRange(keyText(message.key) || '\0', keyText(message.range_end)),
    startRevision: Number(message.start_revision),
    watchId: Number(message.watch_id),
    withPrevious: message.prev_kv,
    without: message.filters.flatMap((filter) => FILTERS[filter] ?? []),
    progressNotify: message.progress_notify,
  };
}
