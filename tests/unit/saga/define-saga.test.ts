import { describe, expect, it } from '@jest/globals';

import {
  DEFAULT_RETRY,
  defineSaga,
  type ParallelOptions,
  type StepKind,
  type StepOptions,
} from '../../../src/chassis/saga/index.ts';

type TestStep = StepOptions<unknown, Record<string, unknown>>;

type TestStage = TestStep | ParallelOptions<unknown, Record<string, unknown>>;

const undo = { compensate: () => Promise.resolve() };

function step(name: string, kind: StepKind, rest: Partial<TestStep> = {}): TestStep {
  return { name, kind, run: () => Promise.resolve(), ...(kind === 'compensatable' ? undo : {}), ...rest };
}

function define(steps: readonly TestStage[], rest: { name?: string; version?: number; deadlineMs?: number } = {}) {
  return defineSaga({ name: 'trip', version: 1, deadlineMs: 1_000, steps, ...rest });
}

describe('defineSaga', () => {
  it('fills in the defaults of each kind and freezes the result', () => {
    const saga = define([step('one', 'compensatable'), step('two', 'pivot', { retry: { baseMs: 7 } })]);

    expect(saga.steps[0]?.retry).toEqual(DEFAULT_RETRY.compensatable);
    expect(saga.steps[1]?.retry).toEqual({ ...DEFAULT_RETRY.pivot, baseMs: 7 });
    expect(Object.isFrozen(saga) && Object.isFrozen(saga.steps) && Object.isFrozen(saga.steps[0])).toBe(true);
  });

  it('knows where undoing ends, with and without a pivot', () => {
    expect(define([step('a', 'compensatable'), step('b', 'pivot'), step('c', 'retriable')]).pivotIndex).toBe(1);
    expect(define([step('a', 'compensatable'), step('b', 'retriable')]).pivotIndex).toBe(1);
    expect(define([step('a', 'compensatable')]).pivotIndex).toBe(1);
  });

  it.each<[string, readonly TestStage[], object, RegExp]>([
    ['no steps', [], {}, /steps must not be empty/],
    ['a name used twice', [step('a', 'pivot'), step('a', 'retriable')], {}, /step a: name is used twice/],
    ['two pivots', [step('a', 'pivot'), step('b', 'pivot')], {}, /step b: there is a pivot already/],
    ['a compensatable step after the pivot', [step('a', 'pivot'), step('b', 'compensatable')], {}, /step b: .* after/],
    [
      'a pivot after a retriable step',
      [step('a', 'retriable'), step('b', 'pivot')],
      {},
      /step b: .* after a retriable/,
    ],
    ['a step that cannot be undone', [{ name: 'a', kind: 'compensatable', run: undo.compensate }], {}, /compensate is/],
    ['a pivot that would be undone', [step('a', 'pivot', undo)], {}, /step a: a pivot step is never undone/],
    ['a name that is not kebab-case', [step('A b', 'pivot')], {}, /name must be kebab-case/],
    ['a time-out of nothing', [step('a', 'pivot', { timeoutMs: 0 })], {}, /step a: timeoutMs/],
    ['no attempts', [step('a', 'pivot', { retry: { maxAttempts: 0 } })], {}, /step a: retry.maxAttempts/],
    ['a group of nothing', [{ parallel: [] }], {}, /parallel group must not be empty/],
    [
      'a group of two kinds',
      [{ parallel: [step('a', 'compensatable'), step('b', 'retriable')] }],
      {},
      /step b: a parallel group is of one kind/,
    ],
    ['a pivot in a group', [{ parallel: [step('a', 'pivot'), step('b', 'pivot')] }], {}, /a pivot stands alone/],
    ['a deadline of nothing', [step('a', 'pivot')], { deadlineMs: 0 }, /deadlineMs/],
    ['a version of zero', [step('a', 'pivot')], { version: 0 }, /version/],
  ])('refuses %s', (_what, steps, rest, message) => {
    expect(() => define(steps, rest)).toThrow(message);
  });
});
