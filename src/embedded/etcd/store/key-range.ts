import type { KeyText } from './key-value.ts';

/** The keys from `start` up to and without `end`; without an end, all from `start` on. */
export interface KeyRange {
  readonly start: KeyText;
  readonly end: KeyText | undefined;
}

/**
 * etcd's (key, range_end) pair as a half-open range: no range_end is the key alone, a single zero byte is "from the key
 * on", everything else is the end. Source: RangeRequest in etcd's rpc.proto.
 */
export function keyRange(key: KeyText, rangeEnd: KeyText): KeyRange {
  if (rangeEnd === '') return { start: key, end: `${key}\0` }; // nothing sorts between a key and that
  if (rangeEnd === '\0') return { start: key, end: undefined };
  return { start: key, end: rangeEnd };
}

/** Whether the range holds the key. */
export function inRange(range: KeyRange, key: KeyText): boolean {
  return key >= range.start && (range.end === undefined || key < range.end);
}

/** Whether no key at all can be in the range. */
export function isEmptyRange(range: KeyRange): boolean {
  return range.end !== undefined && range.end <= range.start;
}
