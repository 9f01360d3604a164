import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  OPEN,
  nextAdmission,
  type AdmissionState,
  type LoadWindow,
} from '../../../../src/chassis/shedding/admission.ts';
import { callShare } from '../../../../src/chassis/shedding/call-share.ts';
import { DEFAULT_SHEDDING } from '../../../../src/chassis/shedding/index.ts';

const CALM: LoadWindow = {
  elapsedMs: 100,
  utilisation: 0.5,
  delayMs: 1,
  offered: { critical: 10, normal: 10, sheddable: 30 },
  admitted: 50,
};
const OVERLOADED: LoadWindow = { ...CALM, utilisation: 1, delayMs: 150, offered: { ...CALM.offered, sheddable: 130 } };

const NOTHING_SHED = { kind: 'open', overloadedWindows: 0 };

const windows = (...of: readonly LoadWindow[]) =>
  of.reduce<AdmissionState>((state, window) => nextAdmission(state, window, DEFAULT_SHEDDING), OPEN);

const count = fc.nat({ max: 1_000 });
const anyWindow: fc.Arbitrary<LoadWindow> = fc
  .record({
    elapsedMs: fc.integer({ min: 1, max: 5_000 }),
    utilisation: fc.float({ min: 0, max: 1, noNaN: true }),
    delayMs: fc.float({ min: 0, max: 5_000, noNaN: true }),
    offered: fc.record({ critical: count, normal: count, sheddable: count }),
    part: fc.float({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ part, ...window }) => {
    const { critical, normal, sheddable } = window.offered;
    return { ...window, admitted: Math.floor(part * (critical + normal + sheddable)) };
  });

describe('nextAdmission', () => {
  it('does not believe in overload after one window, nor in one by a loop with time left or by hardly any calls', () => {
    expect(windows(OVERLOADED)).toMatchObject({ kind: 'open', overloadedWindows: 1 });
    expect(windows(OVERLOADED, CALM)).toMatchObject(NOTHING_SHED);
    const idle = { ...OVERLOADED, utilisation: 0.8 };
    expect(windows(idle, idle, idle)).toMatchObject(NOTHING_SHED);
    const few = { ...OVERLOADED, offered: { critical: 1, normal: 3, sheddable: 5 }, admitted: 9 };
    expect(windows(few, few, few)).toMatchObject(NOTHING_SHED);
  });

  it('gives what the process carried, less a share of its backlog, to the priorities from the top', () => {
    // 50 calls in 100 ms with the loop always busy; 50 ms too late, half of it to be worked off in this window: 25 % less.
    expect(windows(OVERLOADED, OVERLOADED)).toMatchObject({
      kind: 'shedding',
      budgetPerMs: expect.closeTo(0.375),
      admission: { critical: 1, normal: 1, sheddable: expect.closeTo(17.5 / 130) },
    });
  });

  it('has critical calls wait before it refuses them, the fewer the less they have to', () => {
    const partAt = (delayMs: number) => {
      const crowd = { ...OVERLOADED, delayMs, offered: { critical: 200, normal: 0, sheddable: 0 }, admitted: 100 };
      const state = windows(crowd, crowd);
      return state.kind === 'shedding' ? state.admission.critical : 1;
    };
    expect(partAt(101)).toBeGreaterThan(0.99);
    expect(partAt(250)).toBeCloseTo(1 - (1 - 0.3) / 2);
    expect(partAt(400)).toBeCloseTo(0.3); // the half that it carries, less two fifths for the backlog
    expect(partAt(4_000)).toBeCloseTo(0.3);
  });

  it('lets more in, a little where the loop is busy, half as much again where it has time to spare', () => {
    const calm = { ...OVERLOADED, delayMs: 5, admitted: 40 };
    const budgetAfter = (utilisation: number) => {
      const state = windows(OVERLOADED, OVERLOADED, { ...calm, utilisation });
      return state.kind === 'shedding' ? state.budgetPerMs / 0.375 : undefined;
    };
    expect(budgetAfter(0.99)).toBeCloseTo(1.02);
    expect(budgetAfter(0.8)).toBeCloseTo(0.95 / 0.8);
    expect(budgetAfter(0.3)).toBeCloseTo(1.5);
  });

  it('keeps what it promises after any history', () => {
    fc.assert(
      fc.property(fc.array(anyWindow, { maxLength: 60 }), (history) => {
        const state = windows(...history);
        if (state.kind === 'open') return;
        const { critical, normal, sheddable } = state.admission;
        for (const part of [critical, normal, sheddable]) {
          expect(part).toBeGreaterThanOrEqual(0);
          expect(part).toBeLessThanOrEqual(1);
        }
        if (normal > 0) expect(critical).toBe(1);
        if (sheddable > 0) expect(normal).toBe(1);
        expect(critical).toBeGreaterThan(0);
        expect(state.budgetPerMs).toBeGreaterThan(0);
        expect(Number.isFinite(state.budgetPerMs)).toBe(true);
      }),
    );
  });

  it('comes to an end after any history, once there is nothing to shed for', () => {
    fc.assert(
      fc.property(fc.array(anyWindow, { maxLength: 30 }), (history) => {
        const quiet: LoadWindow = { ...CALM, offered: { critical: 0, normal: 0, sheddable: 1 }, admitted: 1 };
        expect(windows(...history, ...Array<LoadWindow>(400).fill(quiet))).toMatchObject(NOTHING_SHED);
      }),
    );
  });
});

describe('callShare', () => {
  it('is spread evenly over the ids that calls have', () => {
    const shares = Array.from({ length: 10_000 }, (_, n) => callShare(`2Hk3J_a9Q0xLmZ.${n.toString(36)}`));
    for (const part of [0.1, 0.5, 0.9]) {
      const below = shares.filter((share) => share < part).length / shares.length;
      expect(Math.abs(below - part)).toBeLessThan(0.03);
    }
  });
});
