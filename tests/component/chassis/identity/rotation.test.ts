import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { systemClock } from '../../../../src/chassis/core/index.ts';
import type { ProcessIdentity } from '../../../../src/chassis/identity/index.ts';
import type { CertificatePair } from '../../../../src/up/certificates/authority.ts';
import { testAuthority, testCertificates, type TestCertificates } from '../../../support/certificates.ts';
import { eventually } from '../../../support/eventually.ts';
import { TRANSPORTS, connected } from '../../../support/transports.ts';
import { clientsOf, serveSecurely } from './secured.ts';

const ID = '01900000-0000-7000-8000-000000000001';
const CALLERS = 4;
const ROTATIONS = 20;
/** So short that the certificates of the first rotations have expired before the last one. */
const SHORT = { lifetimeMs: 3_000 };
/** Of the certificates a rotation begins with, so that all of them are seen to pass. */
const WHOLE_TEST_MS = 60_000;

let certificates: TestCertificates;
beforeEach(async () => {
  certificates = await testCertificates();
});
afterEach(async () => certificates[Symbol.asyncDispose]());

type Clients = ReturnType<typeof clientsOf>;

/** Calls without a pause until it is stopped: unary calls, streams, and health as balancers watch it. */
function load({ users }: Clients) {
  let isOver = false;
  let calls = 0;
  const errors: unknown[] = [];
  const call = async () => {
    while (!isOver) {
      try {
        await users.getUser({ userId: ID });
        for await (const message of users.exportUsers({})) void message;
        calls += 2;
      } catch (error) {
        errors.push(error);
        isOver = true; // one is enough, and failing calls would leave nobody else a turn
      }
    }
  };
  const running = Array.from({ length: CALLERS }, call);
  const stop = async () => {
    isOver = true;
    await Promise.all(running);
    return { calls, errors };
  };
  return { stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

const inForce = ({ certificates: { texts } }: ProcessIdentity) => new X509Certificate(texts.certificate).serialNumber;

describe.each(TRANSPORTS)('certificates that rotate under load over the transport %s', (transport) => {
  it(
    `are changed ${ROTATIONS} times at both ends without a failed call, and every new connection shows them`,
    async () => {
      const [server, client] = [
        await certificates.identity('user', { validity: SHORT }),
        await certificates.identity('order', { validity: SHORT }),
      ];
      await using serving = await serveSecurely(server);
      await using clients = clientsOf('user', serving.address, { identity: client, transport });
      await connected(clients.factory, transport);
      await using running = load(clients);
      const startedMs = systemClock.monotonicMs();

      for (let rotation = 1; rotation <= ROTATIONS; rotation++) {
        const before = [inForce(server), inForce(client)];
        await Promise.all([
          certificates.write('user', { validity: SHORT }),
          certificates.write('order', { validity: SHORT }),
        ]);
        await eventually(() => {
          expect(inForce(server)).not.toBe(before[0]);
          expect(inForce(client)).not.toBe(before[1]);
        });
        await using fresh = clientsOf('user', serving.address, { identity: client, transport });
        await expect(fresh.users.getUser({ userId: ID })).resolves.toBeDefined();
        // Until the first ones are long past, so that only new ones can have let the last connections in.
        const dueMs = startedMs + (rotation / ROTATIONS) * (SHORT.lifetimeMs + 2_000);
        await systemClock.sleep(Math.max(0, dueMs - systemClock.monotonicMs()));
      }

      const { calls, errors } = await running.stop();
      expect(errors).toEqual([]);
      expect(calls).toBeGreaterThan(ROTATIONS);
      expect(clients.factory.status()[0]?.endpoints).toMatchObject([{ state: 'ready' }]); // on its first connection, still
    },
    WHOLE_TEST_MS,
  );

  it(
    'follow a new certificate authority that is believed before it signs, without a failed call',
    async () => {
      const [server, client] = [await certificates.identity('user'), await certificates.identity('order')];
      await using serving = await serveSecurely(server);
      await using clients = clientsOf('user', serving.address, { identity: client, transport });
      await connected(clients.factory, transport);
      await using running = load(clients);
      const old = certificates.authority;
      const next = await testAuthority();
      const steps: readonly (readonly [by: CertificatePair, believed: readonly CertificatePair[]])[] = [
        [old, [next, old]],
        [next, [next, old]],
        [next, [next]],
      ];

      // One end after the other, as it happens among many processes: at no moment may they disagree.
      for (const [by, believed] of steps) {
        for (const identity of [server, client]) {
          const before = inForce(identity);
          await certificates.write(identity.process, { by, believed });
          await eventually(() => expect(inForce(identity)).not.toBe(before));
          await using fresh = clientsOf('user', serving.address, { identity: client, transport });
          await expect(fresh.users.getUser({ userId: ID })).resolves.toBeDefined();
        }
      }

      await expect(running.stop()).resolves.toMatchObject({ errors: [] });
      const late = await certificates
        .identity('operator', { by: old, believed: [next, old], as: 'late' })
        .catch(() => undefined);
      await using outdated = clientsOf('user', serving.address, { identity: late });
      await expect(outdated.users.getUser({ userId: ID })).rejects.toMatchObject({ reason: 'ENDPOINTS_UNREACHABLE' });
    },
    WHOLE_TEST_MS,
  );
});

describe('a certificate file between one write and the next', () => {
  it('stops neither calls nor new connections', async () => {
    const server = await certificates.identity('user');
    await using serving = await serveSecurely(server);
    const rejected = new Promise((resolve) => server.events.on('rejected', resolve));
    const files = await certificates.write('user');
    await writeFile(files.key, ''); // a write that has begun, and stays so
    await rejected;

    await using clients = clientsOf('user', serving.address, { identity: await certificates.identity('order') });

    await expect(clients.users.getUser({ userId: ID })).resolves.toBeDefined();
  });
});
