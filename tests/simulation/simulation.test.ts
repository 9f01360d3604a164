import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import { ROOT } from '../support/repository.ts';
import { PLANTED_FAULTS } from './planted-faults.ts';
import { planOf } from './plan.ts';
import { replay } from './replay.ts';
import { runSeeds } from './run-seeds.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';
import { startPostgres } from './start-postgres.ts';

/** For a machine that is busy with others. */
const TIMEOUT_MS = 180_000;

/** How many seeds may pass before a planted fault is caught. */
const SEEDS_TO_CATCH = 600;

async function runProgram(options: readonly string[], planted?: string): Promise<{ out: string; failed: boolean }> {
  const plant = planted === undefined ? [] : ['--import', './tests/simulation/plant-main.ts'];
  const argv = [...plant, 'tests/simulation/run-simulation.ts', ...options];
  const env = { ...process.env, ...(planted !== undefined && { PLANTED_FAULT: planted }) };
  const run = promisify(execFile)('node_modules/.bin/node', argv, { cwd: ROOT, env });
  return run.then(
    ({ stdout }) => ({ out: stdout, failed: false }),
    (error: { stdout: string; stderr: string }) => ({ out: `${error.stdout}${error.stderr}`, failed: true }),
  );
}

describe('simulate', () => {
  it(
    'keeps every promise whatever goes wrong, one seed of a hundred on PostgreSQL as well',
    async () => {
      await using postgres = await startPostgres();
      const { failed, onPostgres, completed, compensated } = await runSeeds({ first: 0, count: 500, postgres });
      expect(failed).toEqual([]);
      expect(onPostgres).toBe(5);
      expect(Math.min(completed, compensated)).toBeGreaterThan(300);
    },
    TIMEOUT_MS,
  );

  it(
    'runs the same seed in the same way, in every process',
    async () => {
      const seeds = [11, 12, 13, 14, 15, 16, 17, 18];
      const hashes = async () => Promise.all(seeds.map(async (seed) => (await simulate(planOf(seed))).hash));
      const here = await hashes();
      expect(await hashes()).toEqual(here);
      const { out } = await runProgram(['--first', '11', '--hashes', String(seeds.length)]);
      expect(out.trim().split('\n')).toEqual(here);
      expect(new Set(here).size).toBe(seeds.length);
    },
    TIMEOUT_MS,
  );

  it('tells a seed so that it can be run again', async () => {
    const lines = await replay(3);
    expect(lines.at(-1)).toContain('npm run simulate -- --seed 3');
    expect(lines.some((line) => /s\d+ +asks for/.test(line))).toBe(true);
  });
});

describe('PLANTED_FAULTS', () => {
  it.each(PLANTED_FAULTS.map(({ name }) => name))(
    'has %s caught',
    async (name) => {
      const { out, failed } = await runProgram(
        ['--seeds', String(SEEDS_TO_CATCH), '--until-failure', '--model-only'],
        name,
      );
      expect(out).toMatch(/npm run simulate -- --seed \d+: /);
      expect(failed).toBe(true);
    },
    TIMEOUT_MS,
  );
});

describe('shrink', () => {
  it('leaves out whatever a plan fails without', async () => {
    const plan = planOf([...Array(200).keys()].find((seed) => planOf(seed).faults.length > 5) ?? 0);
    const needed = plan.faults[2];
    const smallest = await shrink(plan, (tried) =>
      Promise.resolve(needed !== undefined && tried.faults.includes(needed)),
    );
    expect(smallest.faults).toEqual([needed]);
    expect(smallest.sagas).toHaveLength(1);
  });
});
