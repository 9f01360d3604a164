import { assertNever } from '../../../chassis/core/index.ts';
import { NO_LEASE, NO_VALUE, type KeyValue } from './key-value.ts';
import type { Compare, CompareSubject } from './operations.ts';

const ABSENT: KeyValue = { key: '', value: NO_VALUE, createRevision: 0, modRevision: 0, version: 0, lease: NO_LEASE };

/**
 * Whether a compare holds for all keys found in its range. Where there is none, numbers count as 0 and a compare of the
 * value fails whatever it asks. Source: etcd, etcdserver/apply.go, applyCompare.
 */
export function compareHolds(compare: Compare, found: readonly KeyValue[]): boolean {
  if (found.length === 0) return compare.subject.target !== 'value' && holds(compare, ABSENT);
  return found.every((kv) => holds(compare, kv));
}

function holds(compare: Compare, kv: KeyValue): boolean {
  const order = orderOf(compare.subject, kv);
  switch (compare.result) {
    case 'equal':
      return order === 0;
    case 'not equal':
      return order !== 0;
    case 'greater':
      return order > 0;
    case 'less':
      return order < 0;
    default:
      return assertNever(compare.result);
  }
}

function orderOf(subject: CompareSubject, kv: KeyValue): number {
  switch (subject.target) {
    case 'version':
      return Math.sign(kv.version - subject.operand);
    case 'create':
      return Math.sign(kv.createRevision - subject.operand);
    case 'mod':
      return Math.sign(kv.modRevision - subject.operand);
    case 'value':
      return Buffer.compare(kv.value, subject.operand);
    case 'lease':
      if (kv.lease === subject.operand) return 0;
      return kv.lease < subject.operand ? -1 : 1;
    default:
      return assertNever(subject);
  }
}
