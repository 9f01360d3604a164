import { assertNever } from '../../../chassis/core/index.ts';
import { NO_VALUE, type KeyValue } from './key-value.ts';
import type { RangeQuery, SortTarget } from './operations.ts';

/** Filters, sorts, cuts and strips what a range holds, in etcd's order. Source: etcd, etcdserver/apply.go, Range. */
export function shapeRange(found: readonly KeyValue[], query: RangeQuery): { kvs: KeyValue[]; more: boolean } {
  if (query.countOnly) return { kvs: [], more: false };
  const kvs = found.filter((kv) => passesFilters(kv, query));
  sort(kvs, query);
  const more = query.limit > 0 && kvs.length > query.limit;
  const cut = more ? kvs.slice(0, query.limit) : kvs;
  return { kvs: query.keysOnly ? cut.map((kv) => ({ ...kv, value: NO_VALUE })) : cut, more };
}

function passesFilters(kv: KeyValue, query: RangeQuery): boolean {
  return (
    (query.minModRevision === 0 || kv.modRevision >= query.minModRevision) &&
    (query.maxModRevision === 0 || kv.modRevision <= query.maxModRevision) &&
    (query.minCreateRevision === 0 || kv.createRevision >= query.minCreateRevision) &&
    (query.maxCreateRevision === 0 || kv.createRevision <= query.maxCreateRevision)
  );
}

function sort(kvs: KeyValue[], query: RangeQuery): void {
  if (query.sortTarget === 'key' && query.sortOrder !== 'descend') return; // the index is in key order
  const sign = query.sortOrder === 'descend' ? -1 : 1; // another target without an order sorts ascending
  kvs.sort((a, b) => sign * order(a, b, query.sortTarget));
}

function order(a: KeyValue, b: KeyValue, target: SortTarget): number {
  switch (target) {
    case 'key':
      return a.key < b.key ? -1 : 1;
    case 'version':
      return a.version - b.version;
    case 'create':
      return a.createRevision - b.createRevision;
    case 'mod':
      return a.modRevision - b.modRevision;
    case 'value':
      return Buffer.compare(a.value, b.value);
    default:
      return assertNever(target);
  }
}
