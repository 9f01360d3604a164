/**
 * A key's bytes, one character a byte (latin1): JavaScript compares such strings as etcd compares bytes, and they can be
 * map keys.
 */
export type KeyText = string;

/** A lease's number, any 64-bit one; NO_LEASE stands for none. */
export type LeaseId = bigint;

/** What a key without a lease carries. */
export const NO_LEASE: LeaseId = 0n;

/** One version of one key, as etcd's mvccpb.KeyValue. Never changed after it was made. */
export interface KeyValue {
  readonly key: KeyText;
  readonly value: Buffer;
  /** The revision that made the key (again, after a deletion). */
  readonly createRevision: number;
  /** The revision that wrote this version. */
  readonly modRevision: number;
  /** 1 for a new key, one more for each write since. */
  readonly version: number;
  readonly lease: LeaseId;
}

/** One change of one key. */
export interface StoreEvent {
  readonly type: 'put' | 'delete';
  /** After the change; a deletion carries its key and its revision only. */
  readonly kv: KeyValue;
  /** Before the change, when the key was there. */
  readonly previous: KeyValue | undefined;
}

/** All that one revision changed, in the order it was done. */
export interface Commit {
  readonly revision: number;
  readonly events: readonly StoreEvent[];
}

/** The empty value. */
export const NO_VALUE = Buffer.alloc(0);

/** What a deletion's event carries in place of a key's value. */
export function tombstone(key: KeyText, revision: number): KeyValue {
  return { key, value: NO_VALUE, createRevision: 0, modRevision: revision, version: 0, lease: NO_LEASE };
}
