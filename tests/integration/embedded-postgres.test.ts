import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';

import { systemClock } from '../../src/chassis/core/index.ts';
import {
  createEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../src/embedded/postgres/index.ts';
import { eventually } from '../support/eventually.ts';

const MODULES = new URL('../../src/', import.meta.url).href;

/** A process of its own that starts the directory's server, prints it, and waits to be killed. */
const OWNER = `
  const { createEmbeddedPostgres } = await import('${MODULES}embedded/postgres/index.ts');
  const { systemClock } = await import('${MODULES}chassis/core/index.ts');
  const postgres = await createEmbeddedPostgres({ directory: process.argv[1], clock: systemClock });
  const url = await postgres.ensureDatabase('shop');
  process.on('SIGTERM', () => process.exit(0)); // before the line below: the test may answer it at once
  console.log(JSON.stringify({ pid: postgres.pid, port: postgres.port, url: url.reveal() }));
  setInterval(() => {}, 1000);
`;

const isRunning = async (pid: number) => {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return state !== undefined && !/\) [ZX] /.test(state);
};

describe('createEmbeddedPostgres', () => {
  let root: string;
  let directory: string;
  const started: EmbeddedPostgres[] = [];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'embedded-postgres-'));
    await chmod(root, 0o711);
    directory = join(root, 'postgres');
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((postgres) => postgres.close()));
    await rm(root, { recursive: true, force: true });
  });

  const start = async (options: Partial<EmbeddedPostgresOptions> = {}) => {
    const postgres = await createEmbeddedPostgres({ directory, clock: systemClock, ...options });
    started.push(postgres);
    return postgres;
  };
  const query = async (url: string, text: string) => {
    const client = new pg.Client(url);
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  };
  const startOwner = async () => {
    const owner = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', OWNER, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
    const exited = once(owner, 'exit');
    return { owner, exited, ...(JSON.parse(line) as { pid: number; port: number; url: string }) };
  };

  it('makes a cluster, and keeps data, port and passwords for the next start', async () => {
    const steps: string[] = [];
    const first = await start({ onProgress: ({ step }) => steps.push(step) });
    const url = (await first.ensureDatabase('shop')).reveal();
    await query(url, 'CREATE TABLE item AS SELECT 7 AS id');
    await first.close();
    const second = await start({ onProgress: ({ step }) => steps.push(step) });
    expect((await second.ensureDatabase('shop')).reveal()).toBe(url);
    expect(await query(url, 'SELECT id FROM item')).toEqual([{ id: 7 }]);
    expect(steps).toEqual(['initialising', 'starting', 'ready', 'starting', 'ready']);
  });

  it('is durable and small, and speaks Unicode on every machine', async () => {
    const url = (await (await start()).ensureDatabase('shop')).reveal();
    const settings = await query(
      url,
      `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
              current_setting('shared_buffers') AS buffers, current_setting('max_connections') AS connections, lower('ÄÉ') AS lower`,
    );
    expect(settings).toEqual([{ fsync: 'on', commit: 'on', buffers: '32MB', connections: '200', lower: 'äé' }]);
  });

  it('gives each service a role that reaches its own database alone', async () => {
    const postgres = await start();
    const [user, order] = await Promise.all(
      ['user', 'order'].map(async (name) => new URL((await postgres.ensureDatabase(name)).reveal())),
    );
    if (user === undefined || order === undefined) throw new Error('two urls');
    expect(await query(user.href, 'SELECT current_user AS role, current_database() AS database')).toEqual([
      { role: 'user', database: 'user' },
    ]);
    for (const database of ['order', 'postgres', 'template1']) {
      const foreign = new URL(user);
      foreign.pathname = `/${database}`;
      await expect(query(foreign.href, 'SELECT')).rejects.toMatchObject({ code: '42501' });
    }
    const guessed = new URL(user);
    guessed.password = order.password;
    await expect(query(guessed.href, 'SELECT')).rejects.toMatchObject({ code: '28P01' });
    await expect(query(user.href, 'CREATE ROLE other')).rejects.toMatchObject({ code: '42501' });
  });

  it('keeps passwords in files that only their owner reads, and shows them to nobody', async () => {
    const postgres = await start();
    const url = await postgres.ensureDatabase('shop');
    for (const file of ['superuser-password', 'passwords/shop']) {
      expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
    }
    expect(String(url)).toBe('[secret]');
    const log = await readFile(join(directory, 'server.log'), 'utf8');
    expect(log).not.toContain(await readFile(join(directory, 'passwords/shop'), 'utf8'));
  });

  it('refuses names that are no plain identifiers', async () => {
    const postgres = await start();
    for (const name of ['a/b', '../x', 'A', '', 'x"; --', 'a'.repeat(49)]) {
      await expect(postgres.ensureDatabase(name)).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    }
  });

  it('does initdb again where an earlier start was killed in the middle of it', async () => {
    await mkdir(join(directory, 'cluster.new', 'base'), { recursive: true });
    await writeFile(join(directory, 'cluster.new', 'PG_VERSION'), '18\n');
    await writeFile(join(directory, 'initdb-password'), 'left');
    await chmod(directory, 0o711);
    const postgres = await start();
    await query((await postgres.ensureDatabase('shop')).reveal(), 'SELECT 1');
    await expect(stat(join(directory, 'initdb-password'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('stops the server that a killed owner left running, and keeps what was committed', async () => {
    const left = await startOwner();
    await query(left.url, 'CREATE TABLE item AS SELECT 7 AS id');
    left.owner.kill('SIGKILL');
    await left.exited;
    expect(await isRunning(left.pid)).toBe(true);
    const steps: string[] = [];
    const postgres = await start({ onProgress: ({ step }) => steps.push(step) });
    expect(steps).toEqual(['stopping-previous', 'starting', 'ready']);
    expect(await isRunning(left.pid)).toBe(false);
    expect(postgres.port).toBe(left.port);
    expect(await query(left.url, 'SELECT id FROM item')).toEqual([{ id: 7 }]);
  });

  it('refuses a directory that a living process owns, and leaves its server alone', async () => {
    const other = await startOwner();
    try {
      await expect(start()).rejects.toMatchObject({
        reason: 'DIRECTORY_IN_USE',
        metadata: { pid: String(other.owner.pid) },
      });
      await query(other.url, 'SELECT 1');
    } finally {
      other.owner.kill('SIGKILL');
      await other.exited;
      await (await start()).close(); // takes the server over, to end it
    }
  });

  it('stops its server when its owner leaves without closing it', async () => {
    const leaver = await startOwner();
    leaver.owner.kill('SIGTERM'); // its handler calls process.exit()
    await leaver.exited;
    await eventually(async () => expect(await isRunning(leaver.pid)).toBe(false));
  });

  it('leaves a process alone that merely got the pid of a dead server', async () => {
    await (await start()).close();
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const exited = once(bystander, 'exit');
    await once(bystander, 'spawn');
    await writeFile(
      join(directory, 'cluster', 'postmaster.pid'),
      `${bystander.pid}\n${directory}/cluster\n1\n5432\n\n127.0.0.1\n\nready\n`,
    );
    const postgres = await start();
    expect(await isRunning(bystander.pid as number)).toBe(true);
    await query((await postgres.ensureDatabase('shop')).reveal(), 'SELECT 1');
    bystander.kill();
    await exited;
  });

  it('tells when the server dies, and starts again on the same data', async () => {
    const first = await start();
    const url = (await first.ensureDatabase('shop')).reveal();
    await query(url, 'CREATE TABLE item AS SELECT 7 AS id');
    const exits: unknown[] = [];
    first.onExit((exit) => exits.push(exit));
    process.kill(first.pid, 'SIGKILL');
    await eventually(() => expect(exits).toEqual([expect.objectContaining({ code: null, signal: 'SIGKILL' })]));
    const second = await start();
    expect(await query(url, 'SELECT id FROM item')).toEqual([{ id: 7 }]);
    expect(second.port).toBe(first.port);
  });

  it('says nothing of an end that was asked for, and may be closed twice', async () => {
    const postgres = await start();
    let exits = 0;
    postgres.onExit(() => (exits += 1));
    await Promise.all([postgres.close(), postgres.close()]);
    await postgres.close();
    expect(await isRunning(postgres.pid)).toBe(false);
    expect(exits).toBe(0);
  });

  it('moves away from a kept port that somebody has taken, but not from a given one', async () => {
    const first = await start();
    const port = first.port;
    await first.close();
    const taker = createServer().listen(port, '127.0.0.1');
    await once(taker, 'listening');
    try {
      await expect(start({ port })).rejects.toMatchObject({ reason: 'PORT_TAKEN' });
      expect((await start()).port).not.toBe((taker.address() as AddressInfo).port);
    } finally {
      taker.close();
    }
  });

  it('ends a start when the signal fires, and leaves nothing running', async () => {
    for (const at of ['initialising', 'starting'] as const) {
      const controller = new AbortController();
      const aborted = start({
        signal: controller.signal,
        onProgress: ({ step }) => step === at && setImmediate(() => controller.abort()),
      });
      await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
      await expect(stat(join(directory, 'owner'))).rejects.toMatchObject({ code: 'ENOENT' });
    }
    const postgres = await start();
    await query((await postgres.ensureDatabase('shop')).reveal(), 'SELECT 1');
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot('runs below a directory that is closed to everybody but root', async () => {
    await chmod(root, 0o700);
    const postgres = await start();
    await query((await postgres.ensureDatabase('shop')).reveal(), 'SELECT 1');
    expect(await readFile(`/proc/${postgres.pid}/status`, 'utf8')).not.toMatch(/^Uid:\t0/m);
  });
});
