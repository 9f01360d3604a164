import type { KeyRange } from './key-range.ts';
import type { KeyText } from './key-value.ts';

/** A set of keys in byte order. One flat array: found by halving, and moving its tail is a memory copy. */
export interface SortedKeys {
  readonly size: number;
  /** Harmless when the key is there. */
  add(key: KeyText): void;
  /** Harmless when the key is not there. */
  delete(key: KeyText): void;
  /** The keys of the range in order, as they are now. */
  within(range: KeyRange): KeyText[];
}

/** An empty set of keys. */
export function createSortedKeys(): SortedKeys {
  const keys: KeyText[] = [];

  /** The place of the first key that is not below this one. */
  function lowerBound(key: KeyText): number {
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    get size() {
      return keys.length;
    },
    add(key) {
      const place = lowerBound(key);
      if (keys[place] !== key) keys.splice(place, 0, key);
    },
    delete(key) {
      const place = lowerBound(key);
      if (keys[place] === key) keys.splice(place, 1);
    },
    within(range) {
      const end = range.end === undefined ? keys.length : lowerBound(range.end);
      return keys.slice(lowerBound(range.start), end);
    },
  };
}
