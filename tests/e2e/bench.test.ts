import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { POLICY_KINDS } from '../../src/chassis/balancer/index.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('npm run bench', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tradewind-bench-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const bench = (...args: readonly string[]) =>
    run(process.execPath, ['tests/bench/run.ts', ...args], { cwd: ROOT, timeout: 60_000 });

  it('prints the hop table and writes its figures, medians with the least and greatest beside', async () => {
    const file = join(folder, 'hop.json');
    const { stdout } = await bench('hop', '--quick', '--json', file);
    const report = JSON.parse(await readFile(file, 'utf8'));

    expect(report.bench).toBe('hop');
    expect(report.machine).toMatchObject({ cores: expect.any(Number), node: process.version });
    const names = ['grpc-js', 'nice-grpc', 'tradewind/plain', 'tradewind/multiplexed'];
    const keys = report.rows.map((row: { name: string; concurrency: number }) => `${row.name} ${row.concurrency}`);
    expect(keys).toEqual([1, 32, 256].flatMap((concurrency) => names.map((name) => `${name} ${concurrency}`)));
    const figures = ['callsPerSecond', 'p50Ms', 'p99Ms', 'clientCpuUs', 'serverCpuUs', 'ratio', 'cpuRatio'];
    for (const row of report.rows) {
      for (const figure of figures) {
        expect(row[figure]).toBeGreaterThan(0);
        expect(row.min[figure]).toBeLessThanOrEqual(row[figure]);
        expect(row.max[figure]).toBeGreaterThanOrEqual(row[figure]);
      }
    }
    for (const name of names) expect(stdout).toContain(name);
  }, 60_000);

  it('prints the pick table, a row for each policy and number of endpoints', async () => {
    const file = join(folder, 'pick.json');
    const { stdout } = await bench('pick', '--quick', '--json', file);
    const report = JSON.parse(await readFile(file, 'utf8'));

    expect(report.bench).toBe('pick');
    expect(report.rows).toHaveLength(POLICY_KINDS.length * 4);
    for (const row of report.rows) expect(row.nsPerPick).toBeGreaterThan(0);
    for (const name of POLICY_KINDS) expect(stdout).toContain(name);
  }, 60_000);

  it('prints the overload table, with and without shedding over each transport', async () => {
    const file = join(folder, 'overload.json');
    const { stdout } = await bench('overload', '--quick', '--json', file);
    const report = JSON.parse(await readFile(file, 'utf8'));

    const names = ['shedding/multiplexed', 'none/multiplexed', 'shedding/plain', 'none/plain'];
    expect(report.rows.map((row: { name: string }) => row.name)).toEqual(names);
    for (const row of report.rows) {
      expect(row.peakPerSecond).toBeGreaterThan(0);
      expect(row.offeredPerSecond).toBeGreaterThan(row.peakPerSecond);
    }
    for (const name of names) expect(stdout).toContain(name);
  }, 60_000);

  it('prints the saga table without the peer that is installed apart, with what a saga costs PostgreSQL', async () => {
    const file = join(folder, 'saga.json');
    const { stdout } = await bench('saga', '--quick', '--json', file);
    const report = JSON.parse(await readFile(file, 'utf8'));

    expect(report.bench).toBe('saga');
    const keys = report.rows.map((row: { name: string; concurrency: number }) => `${row.name} ${row.concurrency}`);
    const names = ['tradewind', 'tradewind/in-transactions'];
    expect(keys).toEqual([1, 16, 64, 256].flatMap((concurrency) => names.map((name) => `${name} ${concurrency}`)));
    for (const row of report.rows) {
      for (const figure of [
        'sagasPerSecond',
        'durableCommitsPerSaga',
        'statementsPerSaga',
        'p50Ms',
        'p99Ms',
        'clientCpuUs',
      ]) {
        expect(row[figure]).toBeGreaterThan(0);
        expect(row.min[figure]).toBeLessThanOrEqual(row[figure]);
        expect(row.max[figure]).toBeGreaterThanOrEqual(row[figure]);
      }
    }
    expect(stdout).toContain('tradewind');
  }, 60_000);

  it('prints what policies cost beside those of cockatiel, and a hop with all of them and with none', async () => {
    const file = join(folder, 'resilience.json');
    const { stdout } = await bench('resilience', '--quick', '--json', file);
    const report = JSON.parse(await readFile(file, 'utf8'));

    expect(report.bench).toBe('resilience');
    const named = (start: string) => report.rows.filter(({ name }: { name: string }) => name.startsWith(start));
    for (const row of [...named('sync/'), ...named('tradewind/'), ...named('cockatiel/')]) {
      expect(row.nsPerCall).toBeGreaterThan(0);
    }
    const hops = named('hop/').map((row: { name: string; concurrency: number }) => `${row.name} ${row.concurrency}`);
    expect(hops).toEqual(['hop/off 32', 'hop/on 32', 'hop/off 256', 'hop/on 256']);
    for (const row of named('hop/')) expect(row.ratio).toBeGreaterThan(0);
    for (const name of ['tradewind/chain', 'cockatiel/chain', 'hop/on']) expect(stdout).toContain(name);
  }, 60_000);

  it('prints the events table, from the commit of an event to that of its effect', async () => {
    const file = join(folder, 'events.json');
    const { stdout } = await bench('events', '--quick', '--json', file);
    const report = JSON.parse(await readFile(file, 'utf8'));

    expect(report.rows.map((row: { name: string }) => row.name)).toEqual(['feed']);
    for (const figure of ['eventsPerSecond', 'p99Ms', 'publisherCpuUs', 'consumerCpuUs', 'postgresCpuUs']) {
      expect(report.rows[0][figure]).toBeGreaterThan(0);
    }
    expect(stdout).toContain('feed');
  }, 60_000);

  it('says which benches there are when asked for another', async () => {
    await expect(bench('speed')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'there is no bench "speed", only hop, saga, checkout, styles, discovery, pick, resilience, overload, events',
      ),
    });
  });
});
