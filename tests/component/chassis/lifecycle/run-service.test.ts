import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createChannel, createClient } from 'nice-grpc';

import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { createEtcdRegistry } from '../../../../src/chassis/registry/index.ts';
import { createEmbeddedEtcd, type EmbeddedEtcd } from '../../../../src/embedded/etcd/index.ts';

const main = fileURLToPath(new URL('./profile-main.ts', import.meta.url));
const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';

interface Ready {
  readonly type: string;
  readonly grpc: string;
  readonly http: string;
}

let etcd: EmbeddedEtcd;
const children: ChildProcess[] = [];

beforeAll(async () => {
  etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => etcd.close());

/** Runs the profile service as the supervisor does: a child with an IPC channel. */
function run(environment: Record<string, string> = {}) {
  const env = {
    PATH: process.env['PATH'] ?? '',
    ETCD_ENDPOINTS: etcd.address,
    INSTANCE_ID: 'profile-1',
    ...environment,
  };
  const child = fork(main, { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  children.push(child);
  let stderr = '';
  let stdout = '';
  child.stderr?.on('data', (chunk) => (stderr += String(chunk)));
  child.stdout?.on('data', (chunk) => (stdout += String(chunk)));
  const exited = once(child, 'exit').then(([code]) => ({ code: code as number | null, stderr, stdout }));
  return { child, exited, ready: async () => ((await once(child, 'message')) as [Ready])[0] };
}

describe('runService', () => {
  it('tells its parent when it is registered, answers what is in flight after SIGTERM, and exits with 0', async () => {
    const { child, exited, ready } = run({ SHUTDOWN_GRACE_MS: '50' });
    const { type, grpc } = await ready();
    await using registry = await createEtcdRegistry({
      endpoints: [etcd.address],
      clock: systemClock,
      random: systemRandom,
    });
    const channel = createChannel(grpc);
    const client = createClient(UserServiceDefinition, channel);
    await client.getUser({ userId: ID });

    expect(type).toBe('ready');
    expect((await registry.list('profile')).map(({ address }) => address)).toEqual([grpc]);
    const slow = client.updateUser({ user: { displayName: '300' } });
    await client.getUser({ userId: ID }); // it answers in order: the slow call has arrived
    child.kill('SIGTERM');

    await expect(slow).resolves.toMatchObject({ user: { displayName: 'slept' } });
    await expect(exited).resolves.toMatchObject({ code: 0, stderr: '' });
    expect(await registry.list('profile')).toEqual([]);
    channel.close();
  });

  it('ends at once on a second signal', async () => {
    const { child, exited, ready } = run({ SHUTDOWN_GRACE_MS: '5000' });
    await ready();
    const startedMs = performance.now();

    child.kill('SIGTERM');
    child.kill('SIGINT');

    await expect(exited).resolves.toMatchObject({ code: 130 });
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });

  it('ends in order when its parent is gone', async () => {
    const { child, exited, ready } = run({ SHUTDOWN_GRACE_MS: '0' });
    await ready();

    child.disconnect();

    await expect(exited).resolves.toMatchObject({ code: 0 });
  });

  it('says in one message what is wrong with its configuration, and exits with 1', async () => {
    const { exited } = run({ PORT: 'many', LOG_LEVEL: 'loud' });

    const { code, stderr } = await exited;

    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^profile: cannot start: the configuration is not valid:\n {2}LOG_LEVEL: .*\n {2}PORT: .*\n$/,
    );
  });

  it('says in one line that its port is taken, and exits with 1', async () => {
    const port = etcd.address.split(':')[1] ?? '';

    const { code, stderr } = await run({ PORT: port }).exited;

    expect(code).toBe(1);
    expect(stderr).toMatch(/^profile: cannot start: .*EADDRINUSE.*\n$/m);
  });
});
