import type { Store } from '../store/store.ts';
import type { MakeHeader } from '../wire/header.ts';
import type {
  DeleteRangeRequestMessage,
  PutRequestMessage,
  RangeRequestMessage,
  TxnRequestMessage,
} from '../wire/messages.ts';
import { toDeleteCommand, toPutCommand, toRangeQuery, toTransaction } from '../wire/requests.ts';
import { fromDelete, fromPut, fromRange, fromTransaction } from '../wire/responses.ts';
import type { UnaryMethods } from './unary.ts';

/** `etcdserverpb.KV` on a store. */
export function kvMethods(store: Store, header: MakeHeader): UnaryMethods {
  return {
    Range: (request: RangeRequestMessage) => fromRange(store.range(toRangeQuery(request)), header),
    Put: (request: PutRequestMessage) => fromPut(store.put(toPutCommand(request)), header),
    DeleteRange: (request: DeleteRangeRequestMessage) => fromDelete(store.delete(toDeleteCommand(request)), header),
    Txn: (request: TxnRequestMessage) => fromTransaction(store.transaction(toTransaction(request)), header),
    Compact: (request: { readonly revision: string }) => {
      store.compact(Number(request.revision));
      return { header: header(store.revision) };
    },
  };
}
