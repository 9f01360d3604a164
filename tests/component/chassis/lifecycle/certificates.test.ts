import { Writable } from 'node:stream';

import { describe, expect, it } from '@jest/globals';

import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { createClientFactory } from '../../../../src/chassis/client/index.ts';
import type { CertificateFiles } from '../../../../src/chassis/identity/index.ts';
import { startService } from '../../../../src/chassis/lifecycle/index.ts';
import { createStaticRegistry } from '../../../../src/chassis/registry/index.ts';
import { testCertificates } from '../../../support/certificates.ts';
import { eventually } from '../../../support/eventually.ts';
import { profileService } from './profile-service.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';

const environmentOf = ({ certificate, key, ca }: CertificateFiles) => ({
  ...{ TLS_CERT_FILE: certificate, TLS_KEY_FILE: key, TLS_CA_FILE: ca },
});

function start(environment: Record<string, string>, log: string[] = []) {
  const logTo = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  return startService(
    profileService({}),
    { SHUTDOWN_GRACE_MS: '0', DRAIN_TIMEOUT_MS: '500', ...environment },
    { registry: createStaticRegistry([]), logTo },
  );
}

describe('startService with TLS_CERT_FILE, TLS_KEY_FILE and TLS_CA_FILE', () => {
  it('names each key that is missing beside another', async () => {
    await expect(start({ TLS_CERT_FILE: '/x' })).rejects.toMatchObject({
      name: 'ConfigurationError',
      problems: [
        { key: 'TLS_KEY_FILE', rule: 'is required with TLS_CERT_FILE' },
        { key: 'TLS_CA_FILE', rule: 'is required with TLS_CERT_FILE' },
      ],
    });
  });

  it('names each file that is wrong, under its key', async () => {
    await using certificates = await testCertificates();
    const files = await certificates.write('payment');

    await expect(start({ ...environmentOf(files), TLS_CA_FILE: '/nowhere' })).rejects.toMatchObject({
      problems: [{ key: 'TLS_CA_FILE', rule: expect.stringContaining('cannot be read'), value: '/nowhere' }],
    });
    await expect(start(environmentOf(files))).rejects.toMatchObject({
      problems: [{ key: 'TLS_CERT_FILE', rule: 'names payment, and this is profile', value: files.certificate }],
    });
  });

  it('serves whoever shows a certificate, and logs whom it refuses', async () => {
    await using certificates = await testCertificates();
    const log: string[] = [];
    await using service = await start(environmentOf(await certificates.write('profile')), log);
    const target = `static:///${service.grpc}`;
    const identity = await certificates.identity('operator');
    await using clients = createClientFactory({ from: 'test', identity });
    await using plain = createClientFactory({ from: 'test' });

    const { user } = await clients.client(UserServiceDefinition, target).getUser({ userId: ID });
    expect(user?.id).toBe(ID);
    await expect(plain.client(UserServiceDefinition, target).getUser({ userId: ID })).rejects.toMatchObject({
      status: 'UNAVAILABLE',
    });
    await eventually(() => expect(log.join('')).toContain('refused a connection: it does not speak TLS'));
  });
});
