import type { KeyText, LeaseId } from '../store/key-value.ts';

/** Who holds what: the leases there are, and the keys attached to each. The store writes it, the lessor reads it. */
export interface LeaseBook {
  has(id: LeaseId): boolean;
  /** The keys of a lease in byte order; none for a lease that is not there. */
  keys(id: LeaseId): KeyText[];
  add(id: LeaseId): void;
  remove(id: LeaseId): void;
  attach(id: LeaseId, key: KeyText): void;
  /** Harmless when the lease is gone. */
  detach(id: LeaseId, key: KeyText): void;
}

/** An empty book. */
export function createLeaseBook(): LeaseBook {
  const leases = new Map<LeaseId, Set<KeyText>>();
  return {
    has: (id) => leases.has(id),
    keys: (id) => [...(leases.get(id) ?? [])].sort(),
    add: (id) => void leases.set(id, new Set()),
    remove: (id) => void leases.delete(id),
    attach: (id, key) => void leases.get(id)?.add(key),
    detach: (id, key) => void leases.get(id)?.delete(key),
  };
}
