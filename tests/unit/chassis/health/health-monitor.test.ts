import { describe, expect, it } from '@jest/globals';

import { createHealthMonitor, type Finding } from '../../../../src/chassis/health/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

/** Lets what is ready to run, run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function monitor() {
  const clock = createManualClock();
  const health = createHealthMonitor({ clock });
  return { clock, health };
}

describe('createHealthMonitor', () => {
  it('is as its worst component is, and ready while none is unhealthy', async () => {
    const { health } = monitor();
    await health.set('one', async () => undefined);
    await health.set('two', async () => ({ status: 'degraded', why: 'slow' }));
    expect(health.report).toMatchObject({ isReady: true, status: 'degraded' });
    await health.set('three');
    expect(health.report).toMatchObject({
      isReady: false,
      status: 'unhealthy',
      components: { one: { status: 'healthy' }, three: { status: 'unhealthy', why: 'starting' } },
    });
  });

  it('looks once more before it believes what is worse', async () => {
    const { health } = monitor();
    const findings: Finding[] = [
      { status: 'healthy' },
      { status: 'unhealthy', why: 'cut' },
      { status: 'healthy' },
      { status: 'unhealthy', why: 'away' },
      { status: 'unhealthy', why: 'still away' },
    ];
    await health.set('database', async () => findings.shift());
    expect((await health.look()).components['database']).toMatchObject({ status: 'healthy' });
    expect((await health.look()).components['database']).toMatchObject({ status: 'unhealthy', why: 'still away' });
    expect(findings).toEqual([]);
  });

  it('takes a check that does not answer for unhealthy', async () => {
    const { clock, health } = monitor();
    const first = health.set('database', () => new Promise(() => undefined));
    clock.advance(1_000);
    await first;
    expect(health.report.components['database']).toMatchObject({ why: 'no answer within 1000 ms' });
  });

  it('looks once for all who ask at the same time', async () => {
    const { health } = monitor();
    let looks = 0;
    await health.set('database', async () => void (looks += 1));
    const reports = await Promise.all(Array.from({ length: 100 }, () => health.look()));
    expect([looks, new Set(reports).size]).toEqual([2, 1]);
  });

  it('looks by itself, more often while something is wrong, and tells each change', async () => {
    const { clock, health } = monitor();
    let finding: Finding = { status: 'healthy' };
    let looks = 0;
    await health.set('database', async () => {
      looks += 1;
      return finding;
    });
    const told: string[] = [];
    health.events.on('changed', ({ name, from, state }) => told.push(`${name} ${from} -> ${state.status}`));
    const pass = async (ms: number) => {
      await settle();
      clock.advance(ms);
      await settle();
    };
    health.start();
    await pass(5_000);
    expect(looks).toBe(3);
    finding = { status: 'unhealthy', why: 'away' };
    await pass(5_000);
    finding = { status: 'healthy' };
    for (let index = 0; index < 5; index += 1) await pass(500);
    expect(told).toEqual(['database healthy -> unhealthy', 'database unhealthy -> healthy']);
    await health.close();
    looks = 0;
    await pass(60_000);
    expect(looks).toBe(0);
  });
});
