import type { Clock, Random } from '../../core/index.ts';
import type { Instance } from '../instance.ts';
import { createRegistration } from '../registration.ts';
import type { Registration } from '../registry.ts';
import type { EtcdClients } from './etcd-clients.ts';
import { instanceKey } from './keys.ts';
import { createLeases } from './leases.ts';
import { holdTenure } from './tenure.ts';

/** What a registration is made with. */
export interface EtcdRegistrationOptions {
  readonly clients: EtcdClients;
  /** Called once it is closed. */
  readonly onClosed: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly ttlSeconds: number;
  readonly requestTimeoutMs: number;
}

/**
 * A registration in etcd. The key moves to a new lease before the old one is revoked: who only lost a connection is never
 * gone from the list.
 */
export function createEtcdRegistration(instance: Instance, options: EtcdRegistrationOptions): Registration {
  const { clients, onClosed, clock, random } = options;
  const key = instanceKey(instance);
  const leases = createLeases(clients, random);
  let cleaning: Promise<void> = Promise.resolve();

  return createRegistration(instance, {
    ...{ clock, random, onClosed },
    holdTenure(tenure) {
      const leaseId = leases.newId();
      let isFirst = true;
      const onWritten = (version: number) => {
        if (isFirst) cleaning = leases.revokeAllBut(leaseId);
        isFirst = false;
        tenure.onWritten(version, leaseId);
      };
      return holdTenure({ ...options, ...tenure, key, leaseId, onWritten });
    },
    async withdraw() {
      await cleaning;
      return leases.revokeAll();
    },
  });
}
