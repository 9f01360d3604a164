import { expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Clock } from '../../../../src/chassis/core/index.ts';
import { systemClock } from '../../../../src/chassis/core/index.ts';
import { fastClock } from '../../../support/fast-clock.ts';
import { describeIf } from '../../../support/optional.ts';
import { hasRealEtcd } from '../../../support/real-etcd.ts';
import { embeddedTestEtcd, realTestEtcd, type TestEtcd } from './etcd-servers.ts';
import { COMMANDS, checkQuiet, type Model } from './model/commands.ts';
import { startWorld } from './model/world.ts';

/** MODEL_SEED and MODEL_RUNS look further than the runs that everybody makes. */
const SEED = Number(process.env['MODEL_SEED'] ?? 20_260_101);
const RUNS = Number(process.env['MODEL_RUNS'] ?? 0);

interface ModelOptions {
  readonly runs: number;
  readonly startEtcd: (clock: Clock) => Promise<TestEtcd>;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

describeModel('registrar and resolver over the embedded etcd', true, {
  runs: RUNS || 20,
  startEtcd: embeddedTestEtcd,
  clock: fastClock(5),
  timeoutMs: 45_000 + RUNS * 10_000,
});
describeModel('registrar and resolver over a real etcd', hasRealEtcd(), {
  runs: RUNS || 2,
  startEtcd: realTestEtcd,
  clock: systemClock,
  timeoutMs: 45_000 + RUNS * 20_000,
});

function describeModel(name: string, available: boolean, { runs, startEtcd, clock, timeoutMs }: ModelOptions): void {
  describeIf(available, name, 'etcd', () => {
    it(
      `come to one truth after any ${runs} sequences of faults (seed ${SEED})`,
      async () => {
        let quiet = 0;
        const property = fc.asyncProperty(
          fc.commands([...COMMANDS], { maxCommands: 30, size: 'max' }),
          async (commands) => {
            await using etcd = await startEtcd(clock);
            await using world = await startWorld(etcd, clock);
            const model: Model = { live: new Map() };
            await fc.asyncModelRun(() => ({ model, real: world }), commands);
            await checkQuiet(model, world);
            quiet += 1;
          },
        );
        await fc.assert(property, { seed: SEED, numRuns: runs, endOnFailure: true });
        expect(quiet).toBe(runs);
      },
      timeoutMs,
    );
  });
}
