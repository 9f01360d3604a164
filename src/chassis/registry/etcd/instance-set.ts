import { parseInstance, type Instance } from '../instance.ts';

/** A key as etcd tells it, decoded. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly modRevision: string;
}

/** One event of a watch. */
export type KeyChange =
  { readonly kind: 'put'; readonly kv: KeyValue } | { readonly kind: 'delete'; readonly key: string };

/** The instances of one process, put together from lists and changes. */
export interface InstanceSet {
  /** Everything there is now; true when that is not what was known (by mod revision), or nothing was. */
  replace(kvs: readonly KeyValue[]): boolean;
  /** Changes in the order of the watch; true when any instance came, went or changed. */
  apply(changes: readonly KeyChange[]): boolean;
  /** Ordered by id. */
  readonly instances: readonly Instance[];
}

/** An empty set; a malformed value is told and passed over, an earlier good one of the same key stays. */
export function createInstanceSet(onMalformed: (key: string, reason: string) => void): InstanceSet {
  const known = new Map<string, { modRevision: string; instance: Instance | undefined }>();
  let isFirst = true;

  const put = ({ key, value, modRevision }: KeyValue): boolean => {
    const before = known.get(key);
    if (before?.modRevision === modRevision) return false;
    const parsed = parseInstance(value);
    if (parsed.kind === 'instance') {
      known.set(key, { modRevision, instance: parsed.instance });
      return true;
    }
    onMalformed(key, parsed.reason);
    known.set(key, { modRevision, instance: before?.instance });
    return false;
  };
  const remove = (key: string): boolean => {
    const wasInstance = known.get(key)?.instance !== undefined;
    known.delete(key);
    return wasInstance;
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
      return [...known.values()]
        .flatMap(({ instance }) => (instance === undefined ? [] : [instance]))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    },
  };
}
