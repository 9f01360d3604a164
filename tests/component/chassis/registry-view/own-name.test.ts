import { describe, expect, it } from '@jest/globals';

import { RegistryServiceDefinition } from '../../../../gen/tradewind/registry/v1/registry.ts';
import { createClientFactory } from '../../../../src/chassis/client/index.ts';
import { startService } from '../../../../src/chassis/lifecycle/index.ts';
import { createEtcdRegistry } from '../../../../src/chassis/registry/index.ts';
import { systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { createEmbeddedEtcd } from '../../../../src/embedded/etcd/index.ts';
import { testCertificates } from '../../../support/certificates.ts';
import { profileService } from '../lifecycle/profile-service.ts';

describe('RegistryService over mutual TLS', () => {
  it('lets a program list, keep and withdraw itself, and nobody else', async () => {
    await using etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
    await using registry = await createEtcdRegistry({
      ...{ endpoints: [etcd.address], clock: systemClock, random: systemRandom },
    });
    await using certificates = await testCertificates();
    const { certificate, key, ca } = await certificates.write('profile');
    await using service = await startService(
      profileService(),
      { TLS_CERT_FILE: certificate, TLS_KEY_FILE: key, TLS_CA_FILE: ca, SHUTDOWN_GRACE_MS: '0', LOG_LEVEL: 'silent' },
      { registry },
    );
    await using clients = createClientFactory({ from: 'legacy', identity: await certificates.identity('legacy') });
    const view = clients.client(RegistryServiceDefinition, `static:///${service.grpc}`);
    const name = { process: 'legacy', id: 'legacy-1' };
    const refused = { status: 'PERMISSION_DENIED', reason: 'CALLER_NOT_ALLOWED' };

    await view.register({ instance: { ...name, address: '127.0.0.1:7001' } });
    await view.heartbeat(name);
    await view.deregister(name);

    const other = { process: 'order', id: 'order-9' };
    await expect(view.register({ instance: { ...other, address: '127.0.0.1:7001' } })).rejects.toMatchObject(refused);
    await expect(view.heartbeat(other)).rejects.toMatchObject(refused);
    await expect(view.deregister(other)).rejects.toMatchObject(refused);
    await expect(view.discover({ process: 'order' })).resolves.toMatchObject({ instances: [] });
  });
});
