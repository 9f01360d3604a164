import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { createClientFactory } from '../../../../src/chassis/client/index.ts';
import { createEmbeddedEtcd, type EmbeddedEtcd } from '../../../../src/embedded/etcd/index.ts';

const main = fileURLToPath(new URL('../lifecycle/profile-main.ts', import.meta.url));
const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
const [BEFORE, AFTER] = ['before', 'after'].map((when) => `server/${when}/tradewind.user.v1.UserService/GetUser`);

describe('CRASH_POINTS_DIR', () => {
  let etcd: EmbeddedEtcd;
  let directory: string;
  let child: ChildProcess | undefined;
  beforeAll(async () => {
    etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tradewind-crash-points-'));
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await rm(directory, { recursive: true });
  });
  afterAll(() => etcd.close());

  /** The profile service as a process of its own; answers how to call it. */
  async function start(environment: Record<string, string> = { CRASH_POINTS_DIR: directory }) {
    const env = { PATH: process.env['PATH'] ?? '', ETCD_ENDPOINTS: etcd.address, INSTANCE_ID: 'p', ...environment };
    child = fork(main, { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const exit = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
    const [{ grpc }] = (await once(child, 'message')) as [{ grpc: string }];
    const getUser = async () => {
      await using clients = createClientFactory({ from: 'test' });
      const options = { retry: false, timeoutMs: 5_000 } as const;
      return await clients.client(UserServiceDefinition, `static:///${grpc}`).getUser({ userId: ID }, options);
    };
    return { exit, getUser };
  }
  const path = (kind: string) => join(directory, `p.${kind}`);
  const seen = () => readFileSync(path('seen'), 'utf8').trim().split('\n');

  it('records each distinct point once, and anew when the record is removed', async () => {
    const { getUser } = await start();
    await getUser();
    await getUser();
    expect(seen().filter((point) => point.includes('GetUser'))).toEqual([BEFORE, AFTER]);
    rmSync(path('seen'));
    await getUser();
    expect(seen().filter((point) => point.includes('GetUser'))).toEqual([BEFORE, AFTER]);
  });

  it('dies of SIGKILL at the armed point, before what comes next, and takes its arms with it', async () => {
    const { exit, getUser } = await start();
    writeFileSync(path('arm'), BEFORE ?? '');
    await expect(getUser()).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    expect(await exit).toEqual([null, 'SIGKILL']);
    expect(seen()).not.toContain(AFTER);
    expect(['arm', 'armed', 'hit'].filter((kind) => existsSync(path(kind)))).toEqual(['hit']);
    await (await start()).getUser();
  });

  it('dies at the nth passing of the point', async () => {
    const { exit, getUser } = await start();
    writeFileSync(path('arm'), `${AFTER} 2`);
    await getUser();
    await expect(getUser()).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    expect(await exit).toEqual([null, 'SIGKILL']);
  });

  it('dies at whichever point comes next when it is armed for any', async () => {
    const { exit, getUser } = await start();
    writeFileSync(path('arm'), '*');
    await expect(getUser()).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    expect(await exit).toEqual([null, 'SIGKILL']);
    expect(seen()).not.toContain(AFTER);
  });

  it('is not there without the key', async () => {
    const { getUser } = await start({});
    writeFileSync(path('arm'), BEFORE ?? '');
    await getUser();
    expect(existsSync(path('arm'))).toBe(true);
    expect(existsSync(path('seen'))).toBe(false);
  });
});
