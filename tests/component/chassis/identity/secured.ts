import { readFile } from 'node:fs/promises';
import { connect, createSecureContext, type ConnectionOptions } from 'node:tls';

import { HealthDefinition } from '../../../../gen/health/v1/health.ts';
import { AuthServiceDefinition, UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { createClientFactory, type ClientFactoryOptions } from '../../../../src/chassis/client/index.ts';
import { loadContract } from '../../../../src/chassis/contract/index.ts';
import { createEmitter, currentCall } from '../../../../src/chassis/core/index.ts';
import type {
  CertificateFiles,
  IdentityEvents,
  ProcessIdentity,
  RefusedPeer,
} from '../../../../src/chassis/identity/index.ts';
import { createStaticRegistry } from '../../../../src/chassis/registry/index.ts';
import { bind, createServer } from '../../../../src/chassis/server/index.ts';
import type { CertificatePair } from '../../../../src/up/certificates/authority.ts';

const contract = await loadContract();

/** The user process's services over certificates, as far as tests of those need them. */
export async function serveSecurely(identity: ProcessIdentity | undefined) {
  const callers: (string | undefined)[] = [];
  const seen = () => void callers.push(currentCall()?.caller);
  const unused = () => {
    throw new Error('the test does not call this');
  };
  const server = createServer({
    process: 'user',
    contract,
    identity,
    verify: async (token) => ({ userId: token, roles: ['customer'] }),
    services: [
      bind(UserServiceDefinition, {
        ...{ createUser: unused, listUsers: unused, updateUser: unused, deleteUser: unused },
        getUser: async ({ userId }) => {
          seen();
          return { user: { id: userId } };
        },
        async *exportUsers() {
          seen();
          yield { user: { id: 'one' } };
          yield { user: { id: 'two' } };
        },
      }),
      bind(AuthServiceDefinition, {
        ...{ signIn: unused, refreshToken: unused, signOut: unused },
        getJwks: async () => {
          seen();
          return { jwksJson: '{}' };
        },
      }),
    ],
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  server.health.set('serving');
  return { server, callers, address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server.close() };
}

/** Clients that find `process` at the address through a registry, and call it without retries. */
export function clientsOf(process: string, address: string, options: Partial<ClientFactoryOptions>) {
  const registry = createStaticRegistry([
    {
      ...{ process, id: `${process}-1`, address, transports: ['plain', 'multiplexed'] },
      ...{ weight: 100, zone: '', version: '', startedAt: '', metadata: {} },
    },
  ]);
  const factory = createClientFactory({
    ...{ from: 'test', registry, retry: { maxAttempts: 1 }, drainTimeoutMs: 100, ...options },
  });
  const target = `registry:///${process}`;
  return {
    factory,
    users: factory.client(UserServiceDefinition, target, { timeoutMs: 3_000 }),
    auth: factory.client(AuthServiceDefinition, target, { timeoutMs: 3_000 }),
    health: factory.client(HealthDefinition, target, { timeoutMs: 3_000 }),
    [Symbol.asyncDispose]: () => factory.close(),
  };
}

/** An identity that shows whatever the files hold: what a process of ours would refuse to start with. */
export async function unchecked(
  files: CertificateFiles,
  process: string,
  believed: CertificatePair,
): Promise<ProcessIdentity> {
  const [cert, key] = await Promise.all([readFile(files.certificate, 'utf8'), readFile(files.key, 'utf8')]);
  const contextOptions = { cert, key, ca: believed.certificate, minVersion: 'TLSv1.3' } as const;
  const events = createEmitter<IdentityEvents>();
  return {
    ...{ process, events, contextOptions, context: createSecureContext(contextOptions) },
    certificates: { texts: { certificate: cert, key, ca: contextOptions.ca }, process, notBeforeMs: 0, notAfterMs: 0 },
    refuse: (peer) => events.emit('refused', peer),
    [Symbol.dispose]: () => undefined,
  };
}

/** Shakes hands and waits: whether the server keeps the connection. */
export function handshake(address: string, options: ConnectionOptions): Promise<'kept' | 'closed'> {
  return new Promise((resolve) => {
    const settle = (outcome: 'kept' | 'closed') => {
      socket.destroy();
      resolve(outcome);
    };
    const socket = connect({
      ...{ host: '127.0.0.1', port: Number(address.split(':')[1]), ALPNProtocols: ['h2'] },
      ...{ checkServerIdentity: () => undefined, ...options },
    });
    socket.once('data', () => settle('kept')); // the server's SETTINGS
    socket.once('error', () => settle('closed'));
    socket.once('close', () => settle('closed'));
  });
}

/** What an identity refused so far. */
export function refusalsOf(identity: ProcessIdentity): readonly RefusedPeer[] {
  const refused: RefusedPeer[] = [];
  identity.events.on('refused', (peer) => void refused.push(peer));
  return refused;
}
