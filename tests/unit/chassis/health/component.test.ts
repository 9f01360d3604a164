import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  RECOVERY_MS,
  observe,
  startingComponent,
  type Component,
  type Finding,
} from '../../../../src/chassis/health/component.ts';

const GOOD: Finding = { status: 'healthy' };
const SLOW: Finding = { status: 'degraded', why: 'slow' };
const AWAY: Finding = { status: 'unhealthy', why: 'away' };

/** The component after these findings, each at its time. */
function after(...findings: readonly (readonly [finding: Finding, atMs: number])[]): Component {
  return findings.reduce(
    (component, [finding, atMs]) => observe(component, finding, { wall: 1_000_000 + atMs, monotonicMs: atMs }),
    startingComponent(1_000_000),
  );
}

describe('observe', () => {
  it('is unhealthy until the first look, which counts at once', () => {
    expect(startingComponent(5).told).toEqual({ status: 'unhealthy', why: 'starting', since: 5 });
    expect(after([GOOD, 10]).told).toEqual({ status: 'healthy', since: 1_000_010 });
  });

  it('tells what is worse at once, and keeps since when while the reason changes', () => {
    expect(after([GOOD, 0], [AWAY, 7]).told).toEqual({ ...AWAY, since: 1_000_007 });
    const refused: Finding = { status: 'unhealthy', why: 'refused' };
    expect(after([GOOD, 0], [AWAY, 7], [refused, 9]).told).toEqual({ ...refused, since: 1_000_007 });
  });

  it('tells what is better only once it has been so without a break', () => {
    expect(after([AWAY, 0], [GOOD, 100]).told.status).toBe('unhealthy');
    expect(after([AWAY, 0], [GOOD, 100], [GOOD, 99 + RECOVERY_MS]).told.status).toBe('unhealthy');
    expect(after([AWAY, 0], [GOOD, 100], [GOOD, 100 + RECOVERY_MS]).told).toEqual({
      status: 'healthy',
      since: 1_000_100 + RECOVERY_MS,
    });
    expect(after([AWAY, 0], [GOOD, 100], [AWAY, 200], [GOOD, 100 + RECOVERY_MS]).told.status).toBe('unhealthy');
    const halfWay = [[AWAY, 0] as const, [SLOW, 100] as const, [GOOD, 100 + RECOVERY_MS] as const];
    expect(after(...halfWay).told.status).toBe('degraded'); // that was found in the meantime
    expect(after(...halfWay, [GOOD, 100 + 2 * RECOVERY_MS]).told.status).toBe('healthy');
  });

  it('never tells better than was found in the last two seconds, however findings come', () => {
    const finding = fc.constantFrom(GOOD, SLOW, AWAY);
    const rank = { healthy: 0, degraded: 1, unhealthy: 2 };
    fc.assert(
      fc.property(fc.array(fc.tuple(finding, fc.integer({ min: 1, max: 3_000 })), { minLength: 2 }), (steps) => {
        let atMs = 0;
        const looks = steps.map(([found, waitMs]) => [found, (atMs += waitMs)] as const);
        const { told } = after(...looks);
        const recent = looks.filter(([, ms], index) => index > 0 && ms > atMs - RECOVERY_MS);
        return recent.every(([{ status }]) => rank[told.status] >= rank[status]);
      }),
      { numRuns: 1_000 },
    );
  });
});
