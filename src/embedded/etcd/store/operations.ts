import type { KeyRange } from './key-range.ts';
import type { KeyText, KeyValue, LeaseId } from './key-value.ts';

/** The field that a range is sorted by, or that a compare looks at. */
export type SortTarget = 'key' | 'version' | 'create' | 'mod' | 'value';

/** A read. Zero means "not given" in every number. */
export interface RangeQuery {
  readonly range: KeyRange;
  /** The revision to read at; 0 or less for the newest. */
  readonly revision: number;
  readonly limit: number;
  readonly sortOrder: 'none' | 'ascend' | 'descend';
  readonly sortTarget: SortTarget;
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
  readonly minModRevision: number;
  readonly maxModRevision: number;
  readonly minCreateRevision: number;
  readonly maxCreateRevision: number;
}

/** What a read finds. */
export interface RangeResult {
  /** The store's revision when it was read, whatever revision was asked for. */
  readonly revision: number;
  readonly kvs: readonly KeyValue[];
  /** All keys in the range, before limit and filters. */
  readonly count: number;
  /** Whether the limit cut the answer. */
  readonly more: boolean;
}

/** A write of one key. */
export interface PutCommand {
  readonly key: KeyText;
  readonly value: Buffer;
  readonly lease: LeaseId;
  readonly returnPrevious: boolean;
  /** Keep the value that is there. */
  readonly ignoreValue: boolean;
  /** Keep the lease that is there. */
  readonly ignoreLease: boolean;
}

/** What a write did. */
export interface PutResult {
  readonly revision: number;
  readonly previous: KeyValue | undefined;
}

/** A deletion of every key in a range. */
export interface DeleteCommand {
  readonly range: KeyRange;
  readonly returnPrevious: boolean;
}

/** What a deletion did; it makes no revision when it found nothing. */
export interface DeleteResult {
  readonly revision: number;
  readonly deleted: number;
  readonly previous: readonly KeyValue[];
}

/** What a compare looks at and holds against. */
export type CompareSubject =
  | { readonly target: 'version' | 'create' | 'mod'; readonly operand: number }
  | { readonly target: 'value'; readonly operand: Buffer }
  | { readonly target: 'lease'; readonly operand: LeaseId };

/** One condition of a transaction: it must hold for every key of the range. */
export interface Compare {
  readonly range: KeyRange;
  readonly result: 'equal' | 'greater' | 'less' | 'not equal';
  readonly subject: CompareSubject;
}

/** One step of a transaction; `none` is a request that names no operation, which etcd refuses. */
export type Operation =
  | { readonly kind: 'range'; readonly query: RangeQuery }
  | { readonly kind: 'put'; readonly put: PutCommand }
  | { readonly kind: 'delete'; readonly deletion: DeleteCommand }
  | { readonly kind: 'txn'; readonly txn: Transaction }
  | { readonly kind: 'none' };

/** Either list runs as one revision, depending on the compares. */
export interface Transaction {
  readonly compares: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}

/** What one step answered. */
export type OperationResult =
  | { readonly kind: 'range'; readonly result: RangeResult }
  | { readonly kind: 'put'; readonly result: PutResult }
  | { readonly kind: 'delete'; readonly result: DeleteResult }
  | { readonly kind: 'txn'; readonly result: TransactionResult };

/** What a transaction did. */
export interface TransactionResult {
  readonly revision: number;
  readonly succeeded: boolean;
  readonly responses: readonly OperationResult[];
}
