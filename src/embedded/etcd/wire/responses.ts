import { assertNever } from '../../../chassis/core/index.ts';
import type { KeyText, KeyValue, StoreEvent } from '../store/key-value.ts';
import type { DeleteResult, OperationResult, PutResult, RangeResult, TransactionResult } from '../store/operations.ts';
import type { WatchResponse } from '../watch/watch-stream.ts';
import type { MakeHeader } from './header.ts';
import type { EventMessage, KeyValueMessage } from './messages.ts';

/** A key's bytes as the wire carries them. */
export function keyBytes(key: KeyText): Buffer {
  return Buffer.from(key, 'latin1');
}

/** One version of a key. */
function fromKeyValue(kv: KeyValue): KeyValueMessage {
  return {
    key: keyBytes(kv.key),
    value: kv.value,
    create_revision: String(kv.createRevision),
    mod_revision: String(kv.modRevision),
    version: String(kv.version),
    lease: String(kv.lease),
  };
}

/** `etcdserverpb.RangeResponse` */
export function fromRange(result: RangeResult, header: MakeHeader): object {
  return {
    header: header(result.revision),
    kvs: result.kvs.map(fromKeyValue),
    more: result.more,
    count: String(result.count),
  };
}

/** `etcdserverpb.PutResponse` */
export function fromPut(result: PutResult, header: MakeHeader): object {
  return {
    header: header(result.revision),
    ...(result.previous !== undefined && { prev_kv: fromKeyValue(result.previous) }),
  };
}

/** `etcdserverpb.DeleteRangeResponse` */
export function fromDelete(result: DeleteResult, header: MakeHeader): object {
  return {
    header: header(result.revision),
    deleted: String(result.deleted),
    prev_kvs: result.previous.map(fromKeyValue),
  };
}

/** The header inside a transaction's response: etcd fills in nothing but the revision there. */
const innerHeader: MakeHeader = (revision) => ({
  cluster_id: '0',
  member_id: '0',
  revision: String(revision),
  raft_term: '0',
});

/** `etcdserverpb.TxnResponse` */
export function fromTransaction(result: TransactionResult, header: MakeHeader): object {
  return {
    header: header(result.revision),
    succeeded: result.succeeded,
    responses: result.responses.map(fromOperation),
  };
}

function fromOperation(operation: OperationResult): object {
  switch (operation.kind) {
    case 'range':
      return { response_range: fromRange(operation.result, innerHeader) };
    case 'put':
      return { response_put: fromPut(operation.result, innerHeader) };
    case 'delete':
      return { response_delete_range: fromDelete(operation.result, innerHeader) };
    case 'txn':
      return { response_txn: fromTransaction(operation.result, innerHeader) };
    default:
      return assertNever(operation);
  }
}

/** `etcdserverpb.WatchResponse` */
export function fromWatch(response: WatchResponse, header: MakeHeader): object {
  return {
    header: header(response.revision),
    watch_id: String(response.watchId),
    created: response.created ?? false,
    canceled: response.canceled ?? false,
    compact_revision: String(response.compactRevision ?? 0),
    cancel_reason: response.cancelReason ?? '',
    events: (response.events ?? []).map(fromEvent),
  };
}

function fromEvent(event: StoreEvent): EventMessage {
  return {
    type: event.type === 'put' ? 0 : 1,
    kv: fromKeyValue(event.kv),
    ...(event.previous !== undefined && { prev_kv: fromKeyValue(event.previous) }),
  };
}
