import type { Random } from '../../core/index.ts';
import type { EtcdClients } from './etcd-clients.ts';

/** The leases a registration asked for and does not know to be revoked. */
export interface Leases {
  /** An id nobody has; remembered before etcd is asked for it, because the answer may be lost. */
  newId(): string;
  /** Revokes all but one, as far as etcd answers; those it cannot be told of run out by themselves, with nobody renewing. */
  revokeAllBut(leaseId: string): Promise<void>;
  /** Revokes all; resolves with the error when etcd could not be told. Never rejects. */
  revokeAll(): Promise<unknown>;
}

/** None yet. */
export function createLeases(clients: EtcdClients, random: Random): Leases {
  const ids = new Set<string>();

  const revoke = async (given: readonly string[]): Promise<unknown> => {
    if (given.length === 0) return undefined;
    const client = clients.open();
    try {
      const results = await Promise.allSettled(given.map((id) => client.revoke(id)));
      for (const id of given) ids.delete(id);
      return results.find((result) => result.status === 'rejected')?.reason;
    } finally {
      client.close();
    }
  };

  return {
    newId() {
      const id = Buffer.from(random.bytes(8)).readBigUInt64BE() >> 1n; // a positive int64, as etcd's own are
      ids.add(String(id));
      return String(id);
    },
    async revokeAllBut(leaseId) {
      await revoke([...ids].filter((id) => id !== leaseId));
    },
    revokeAll: () => revoke([...ids]),
  };
}
