import { parseInstance, type Instance } from '../instance.ts';

/** A key as etcd tells it. */
interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** One event of a watch. */
type KeyChange = { readonly kind: 'put'; readonly kv: KeyValue } | { readonly kind: 'delete'; readonly key: string };

/** The instances of one process, put together from lists and changes. */
export interface InstanceSet {
  /** Everything there is now; true when that is not what was known, or nothing was. */
  replace(kvs: readonly KeyValue[]): boolean;
  /** Changes in the order of the watch; true when any instance came, went or changed. */
  apply(changes: readonly KeyChange[]): boolean;
  /** Ordered by key; the same array until the next change, and the same object for an instance that did not change. */
  readonly instances: readonly Instance[];
}

interface Known {
  readonly value: string;
  /** Undefined: the value is malformed, and so was every one of the key before it. */
  readonly instance: Instance | undefined;
}

/**
 * An empty set; a malformed value is told and passed over, an earlier good one of the same key stays. One change among ten
 * thousand instances costs a copied array of pointers; nothing else is parsed or sorted again.
 */
export function createInstanceSet(onMalformed: (key: string, reason: string) => void): InstanceSet {
  const known = new Map<string, Known>();
  const keys: string[] = []; // of the instances, in order, and beside them
  const sorted: Instance[] = [];
  let instances: readonly Instance[] | undefined;
  let isFirst = true;

  const place = (key: string, instance: Instance) => {
    const at = lowerBound(keys, key);
    const isNew = keys[at] !== key;
    keys.splice(at, isNew ? 0 : 1, key);
    sorted.splice(at, isNew ? 0 : 1, instance);
    instances = undefined;
  };
  const put = ({ key, value }: KeyValue): boolean => {
    const before = known.get(key);
    // By value, not by mod revision: a store that was wiped counts from 1 again, and equal ones prove nothing.
    if (before?.value === value) return false;
    const parsed = parseInstance(value);
    if (parsed.kind === 'malformed') {
      onMalformed(key, parsed.reason);
      known.set(key, { value, instance: before?.instance });
      return false;
    }
    known.set(key, { value, instance: parsed.instance });
    place(key, parsed.instance);
    return true;
  };
  const remove = (key: string): boolean => {
    const wasInstance = known.get(key)?.instance !== undefined;
    known.delete(key);
    if (!wasInstance) return false;
    const at = lowerBound(keys, key);
    keys.splice(at, 1);
    sorted.splice(at, 1);
    instances = undefined;
    return true;
  };

  return {
    replace(kvs) {
      const present = new Set(kvs.map((kv) => kv.key));
      let changed = isFirst;
      isFirst = false;
      for (const key of [...known.keys()]) if (!present.has(key) && remove(key)) changed = true;
      for (const kv of kvs) if (put(kv)) changed = true;
      return changed;
    },
    apply(changes) {
      let changed = false;
      for (const change of changes) {
        if (change.kind === 'put' ? put(change.kv) : remove(change.key)) changed = true;
      }
      return changed;
    },
    get instances() {
      return (instances ??= [...sorted]);
    },
  };
}

/** The first place whose key is not below this one. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
