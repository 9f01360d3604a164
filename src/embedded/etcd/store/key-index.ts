import type { KeyRange } from './key-range.ts';
import type { KeyText, KeyValue } from './key-value.ts';
import { createSortedKeys } from './sorted-keys.ts';

/** Every version of every key since the last compaction. */
export interface KeyIndex {
  /** Bytes of all versions kept, keys and values. */
  readonly sizeBytes: number;
  /** The key as it was at that revision; undefined when it did not exist then. */
  at(key: KeyText, revision: number): KeyValue | undefined;
  /** The keys of the range in order, as they were at that revision. */
  range(range: KeyRange, revision: number): KeyValue[];
  /** Adds a version; `undefined` is the deletion of the key. Revisions must not fall. */
  write(key: KeyText, revision: number, kv: KeyValue | undefined): void;
  /** Forgets versions of these keys that no revision from the given one on can see. */
  compact(keys: Iterable<KeyText>, revision: number): void;
}

interface Version {
  readonly revision: number;
  readonly kv: KeyValue | undefined;
}

/** An empty index. */
export function createKeyIndex(): KeyIndex {
  const histories = new Map<KeyText, Version[]>();
  const order = createSortedKeys();
  let sizeBytes = 0;

  function at(key: KeyText, revision: number): KeyValue | undefined {
    return histories.get(key)?.findLast((version) => version.revision <= revision)?.kv;
  }

  function compactKey(key: KeyText, revision: number): void {
    const versions = histories.get(key);
    if (versions === undefined) return;
    const visible = versions.findLastIndex((version) => version.revision <= revision);
    if (visible === -1) return;
    // the newest version at or below the revision stays readable, unless it says that the key is gone
    const dropped = versions.splice(0, versions[visible]?.kv === undefined ? visible + 1 : visible);
    for (const version of dropped) sizeBytes -= bytesOf(version);
    if (versions.length > 0) return;
    histories.delete(key);
    order.delete(key);
  }

  return {
    get sizeBytes() {
      return sizeBytes;
    },
    at,
    range(range, revision) {
      const found: KeyValue[] = [];
      for (const key of order.within(range)) {
        const kv = at(key, revision);
        if (kv !== undefined) found.push(kv);
      }
      return found;
    },
    write(key, revision, kv) {
      const version = { revision, kv };
      const versions = histories.get(key);
      if (versions === undefined) {
        histories.set(key, [version]);
        order.add(key);
      } else {
        versions.push(version);
      }
      sizeBytes += bytesOf(version);
    },
    compact(keys, revision) {
      for (const key of keys) compactKey(key, revision);
    },
  };
}

function bytesOf(version: Version): number {
  return version.kv === undefined ? 0 : version.kv.key.length + version.kv.value.length;
}
