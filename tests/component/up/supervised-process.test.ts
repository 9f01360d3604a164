import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { systemClock, systemRandom, type Random } from '../../../src/chassis/core/index.ts';
import { createSupervisedProcess, type SupervisedProcess } from '../../../src/up/supervised-process.ts';
import { eventually } from '../../support/eventually.ts';

const READY = `process.send({ type: 'ready', grpc: '127.0.0.1:1', http: '127.0.0.1:2' });`;
const ENDS_WHEN_TOLD = `${READY} setInterval(() => undefined, 1000); process.on('SIGTERM', () => process.exit(0));`;
const IGNORES_SIGTERM = `${READY} setInterval(() => undefined, 1000); process.on('SIGTERM', () => undefined);`;
const CANNOT_START = `console.error('the port is taken'); process.exit(1);`;

describe('createSupervisedProcess', () => {
  let folder: string;
  let supervised: SupervisedProcess;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tradewind-supervised-'));
  });
  afterEach(async () => {
    await supervised.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function supervise(
    program: string,
    more: { readonly stopTimeoutMs?: number; readonly random?: Random } = {},
  ): Promise<void> {
    const script = join(folder, 'program.cjs');
    await writeFile(script, program);
    supervised = createSupervisedProcess({
      name: 'program',
      command: [process.execPath, script],
      environment: async () => ({ PATH: process.env['PATH'] ?? '' }),
      logFile: join(folder, 'program.log'),
      clock: systemClock,
      random: systemRandom,
      ...more,
    });
  }

  it('is ready when the process says so, with its addresses', async () => {
    await supervise(ENDS_WHEN_TOLD);
    expect(await supervised.start(1)).toMatchObject({ grpc: '127.0.0.1:1', http: '127.0.0.1:2' });
    expect(supervised.address).toMatchObject({ grpc: '127.0.0.1:1' });
  });

  it('starts the process again when it is killed', async () => {
    await supervise(ENDS_WHEN_TOLD);
    await supervised.start(1);
    const first = supervised.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await eventually(
      () => {
        expect(supervised.address).toBeDefined();
        expect(supervised.pid).not.toBe(first);
      },
      { timeoutMs: 10_000 },
    );
  });

  it('starts a process that was ready within a second, however often it crashes, and one that cannot start more and more slowly', async () => {
    const longestWaits = { next: () => 1, bytes: () => new Uint8Array() };
    const waits = async (program: string, count: number) => {
      await supervise(program, { random: longestWaits });
      const seen: number[] = [];
      supervised.events.on('exited', ({ restartInMs }) => seen.push(restartInMs));
      void supervised.start(Number.POSITIVE_INFINITY);
      await eventually(() => expect(seen.length).toBeGreaterThanOrEqual(count), { timeoutMs: 20_000 });
      return seen.slice(0, count);
    };
    expect(await waits(`${READY} setTimeout(() => process.exit(1), 20);`, 5)).toEqual([200, 400, 800, 1_000, 1_000]);
    await supervised.stop();
    expect(await waits(CANNOT_START, 4)).toEqual([200, 400, 800, 1_600]);
  }, 30_000);

  it('gives up on a process that never starts, with its last words and where its log is', async () => {
    await supervise(CANNOT_START);
    await expect(supervised.start(2)).rejects.toThrow(
      /program could not be started: the port is taken \(log: .*program\.log\)/,
    );
    expect(await readFile(join(folder, 'program.log'), 'utf8')).toContain('the port is taken');
  });

  it('says what a process that ended said last', async () => {
    await supervise(CANNOT_START);
    const said: string[] = [];
    supervised.events.on('exited', (exit) => said.push(exit.said));
    await supervised.start(1).catch(() => undefined);
    expect(said[0]).toBe('the port is taken');
  });

  it('kills a process that does not end when told to', async () => {
    await supervise(IGNORES_SIGTERM, { stopTimeoutMs: 200 });
    await supervised.start(1);
    const pid = supervised.pid ?? 0;
    await supervised.stop();
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});
