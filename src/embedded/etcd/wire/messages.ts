/** etcd's messages as @grpc/proto-loader makes them with the options of protocol.ts. Source: etcd's rpc.proto, kv.proto. */

/** A 64-bit number in decimal. */
export type Int64 = string;

/** `etcdserverpb.ResponseHeader` */
export interface HeaderMessage {
  readonly cluster_id: Int64;
  readonly member_id: Int64;
  readonly revision: Int64;
  readonly raft_term: Int64;
}

/** `mvccpb.KeyValue` */
export interface KeyValueMessage {
  readonly key: Buffer;
  readonly create_revision: Int64;
  readonly mod_revision: Int64;
  readonly version: Int64;
  readonly value: Buffer;
  readonly lease: Int64;
}

/** `etcdserverpb.RangeRequest` */
export interface RangeRequestMessage {
  readonly key: Buffer;
  readonly range_end: Buffer;
  readonly limit: Int64;
  readonly revision: Int64;
  readonly sort_order: number;
  readonly sort_target: number;
  readonly keys_only: boolean;
  readonly count_only: boolean;
  readonly min_mod_revision: Int64;
  readonly max_mod_revision: Int64;
  readonly min_create_revision: Int64;
  readonly max_create_revision: Int64;
}

/** `etcdserverpb.PutRequest` */
export interface PutRequestMessage {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly lease: Int64;
  readonly prev_kv: boolean;
  readonly ignore_value: boolean;
  readonly ignore_lease: boolean;
}

/** `etcdserverpb.DeleteRangeRequest` */
export interface DeleteRangeRequestMessage {
  readonly key: Buffer;
  readonly range_end: Buffer;
  readonly prev_kv: boolean;
}

/** `etcdserverpb.Compare`; at most one member of its union is there. */
export interface CompareMessage {
  readonly result: number;
  readonly target: number;
  readonly key: Buffer;
  readonly range_end: Buffer;
  readonly version?: Int64;
  readonly create_revision?: Int64;
  readonly mod_revision?: Int64;
  readonly value?: Buffer;
  readonly lease?: Int64;
}

/** `etcdserverpb.RequestOp`; at most one member is there. */
export interface RequestOpMessage {
  readonly request_range?: RangeRequestMessage;
  readonly request_put?: PutRequestMessage;
  readonly request_delete_range?: DeleteRangeRequestMessage;
  readonly request_txn?: TxnRequestMessage;
}

/** `etcdserverpb.TxnRequest` */
export interface TxnRequestMessage {
  readonly compare: readonly CompareMessage[];
  readonly success: readonly RequestOpMessage[];
  readonly failure: readonly RequestOpMessage[];
}

/** `etcdserverpb.WatchCreateRequest` */
export interface WatchCreateRequestMessage {
  readonly key: Buffer;
  readonly range_end: Buffer;
  readonly start_revision: Int64;
  readonly progress_notify: boolean;
  readonly filters: readonly number[];
  readonly prev_kv: boolean;
  readonly watch_id: Int64;
}

/** `etcdserverpb.WatchRequest`; at most one member is there. */
export interface WatchRequestMessage {
  readonly create_request?: WatchCreateRequestMessage;
  readonly cancel_request?: { readonly watch_id: Int64 };
  readonly progress_request?: object;
}

/** `mvccpb.Event` */
export interface EventMessage {
  readonly type: number;
  readonly kv: KeyValueMessage;
  readonly prev_kv?: KeyValueMessage;
}
