import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createTradewind } from '../../src/client/index.ts';
import { createEmbeddedEtcd, type EmbeddedEtcd } from '../../src/embedded/etcd/index.ts';
import { compose, dockerfile } from '../support/deployment.ts';
import { testDatabaseUrl } from '../support/postgres.ts';
import { ROOT } from '../support/repository.ts';

const execute = promisify(execFile);

/** What the container image runs, without a container engine: the compiled sources, its entry point, its health checks. */
describe('the compiled suite', () => {
  let etcd: EmbeddedEtcd;
  let folder: string;
  let entry: string;
  const running: ChildProcess[] = [];

  /** Starts a process of the suite as the image does and resolves when it says that it serves. */
  const start = async (name: string, environment: Record<string, string>) => {
    const env = { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'error', ...environment };
    const child = fork(join(ROOT, entry), ['run', name], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    running.push(child);
    const [message] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended with ${String(code)}`))),
    ])) as [{ grpc: string; http: string }];
    return message;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tradewind-compiled-'));
    etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
    await execute(process.execPath, ['scripts/build.mjs', 'app'], { cwd: ROOT });
    const suite = (await dockerfile()).find(({ name }) => name === 'suite');
    const text = suite?.instructions.find(({ name }) => name === 'ENTRYPOINT')?.text ?? '[]';
    entry = (JSON.parse(text) as string[])[1] ?? '';
  }, 180_000);
  afterAll(async () => {
    const ended = running.filter((child) => child.exitCode === null).map((child) => once(child, 'exit'));
    for (const child of running) child.kill('SIGTERM');
    await Promise.all(ended);
    await etcd?.close();
    await rm(folder, { recursive: true, force: true });
  }, 30_000);

  it('lists its processes', async () => {
    const { stdout } = await execute(process.execPath, [join(ROOT, entry), 'run', '--help']);
    expect(stdout).toContain('user, product, order');
  });

  it('serves a migrated service, found in etcd, that the health check of the image calls healthy', async () => {
    const { http } = await start('user', {
      ADMIN_PORT: '0',
      ETCD_ENDPOINTS: `http://${etcd.address}`,
      DATABASE_URL: (await testDatabaseUrl()).reveal(),
      PAGE_TOKEN_SECRET: 'of the test',
      SIGNING_KEY_SECRET: 'of the test too',
    });
    await using tradewind = await createTradewind({ etcd: etcd.address });
    expect((await tradewind.users.listUsers({})).users).toEqual([]);

    const suite = (await dockerfile()).find(({ name }) => name === 'suite');
    const text = suite?.instructions.find(({ name }) => name === 'HEALTHCHECK')?.text ?? '';
    const check = JSON.parse(/CMD (\[.*\])$/.exec(text)?.[1] ?? '[]') as string[];
    const ask = (port: string) => execute(process.execPath, check.slice(1), { env: { ADMIN_PORT: port } });
    await expect(ask(http.split(':')[1] ?? '')).resolves.toBeDefined();
    await expect(ask('1')).rejects.toMatchObject({ code: 1 });
  }, 60_000);

  it.each(['payment-provider', 'carrier', 'messenger', 'smtp-sink'])(
    'serves %s, which its health check in compose calls healthy',
    async (name) => {
      const { http } = await start(name, { DATA_DIR: join(folder, name) });
      const block = (await compose()).services[name];
      const own = String(block?.environment?.['HTTP_PORT'] ?? block?.environment?.['PORT']);
      const [, program, flag = '', script = ''] = block?.healthcheck?.test ?? [];
      expect([program, script.includes(`127.0.0.1:${own}/`)]).toEqual(['node', true]);
      const ask = (address: string) => execute(process.execPath, [flag, script.replace(`127.0.0.1:${own}`, address)]);
      await expect(ask(http)).resolves.toBeDefined();
      await expect(ask('127.0.0.1:1')).rejects.toMatchObject({ code: 1 });
    },
    60_000,
  );
});
