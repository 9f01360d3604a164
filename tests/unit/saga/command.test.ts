import { describe, expect, it } from '@jest/globals';

import {
  decideCommand,
  defineSaga,
  type LiveState,
  type SagaCommand,
  type SagaFailure,
  type SagaState,
} from '../../../src/chassis/saga/index.ts';

const nothing = () => Promise.resolve();
const definition = defineSaga({
  name: 'trip',
  version: 1,
  deadlineMs: 1_000,
  steps: [
    { name: 'hotel', kind: 'compensatable', run: nothing, compensate: nothing },
    { name: 'pay', kind: 'pivot', run: nothing },
    { name: 'mail', kind: 'retriable', run: nothing },
  ],
});
const failure: SagaFailure = { status: 'CANCELLED', reason: 'ASKED', message: 'asked' };
const compensate: SagaCommand = { kind: 'compensate', failure };
const park: SagaCommand = { kind: 'park', failure };

function running(step: number, rest: object = {}): LiveState {
  return { kind: 'RUNNING', step, attempt: 1, failures: 0, done: [], ambiguous: false, ahead: false, ...rest };
}

function compensating(step: number): LiveState {
  return { kind: 'COMPENSATING', step, attempt: 1, failures: 0, done: [], failure };
}

function apply(state: SagaState, command: SagaCommand, claimed = false) {
  return decideCommand({ definition, state, claimed }, command)?.next;
}

describe('decideCommand', () => {
  it('turns back what has not reached its pivot, the step under way included', () => {
    expect(apply(running(0), compensate)).toEqual({ kind: 'COMPENSATED', failure });
    expect(apply(running(0), compensate, true)).toEqual(compensating(0));
    expect(apply(running(1), compensate)).toEqual(compensating(0));
  });

  it('refuses to turn back once the pivot was tried', () => {
    for (const [state, claimed] of [
      [running(1), true],
      [running(1, { attempt: 2, ambiguous: true }), false],
      [running(2), false],
    ] as const) {
      expect(() => apply(state, compensate, claimed)).toThrow(
        expect.objectContaining({ status: 'FAILED_PRECONDITION', reason: 'SAGA_PAST_PIVOT' }),
      );
    }
  });

  it('retries with a fresh backoff and keeps counting attempts', () => {
    expect(apply(running(2, { attempt: 9, failures: 8 }), { kind: 'retry' })).toEqual(running(2, { attempt: 9 }));
    expect(apply(running(2), { kind: 'retry' }, true)).toBeUndefined();
  });

  it('parks and resumes in the direction it was stopped', () => {
    const parked = apply(compensating(0), park);
    expect(parked).toEqual({ kind: 'PARKED', parked: compensating(0), failure });
    expect(apply(parked as SagaState, { kind: 'resume' })).toEqual(compensating(0));
    expect(apply(parked as SagaState, park)).toBeUndefined();
    expect(apply(running(0), { kind: 'resume' })).toBeUndefined();
  });

  it('skips the current step and no other, and never the pivot', () => {
    expect(apply(running(2), { kind: 'skip', step: 'mail' })).toEqual({ kind: 'COMPLETED' });
    expect(apply(compensating(0), { kind: 'skip', step: 'hotel' })).toEqual({ kind: 'COMPENSATED', failure });
    expect(apply(running(2), { kind: 'skip', step: 'hotel' })).toBeUndefined();
    const refusals = [
      [running(0), 'mail', 'STEP_NOT_SKIPPABLE'],
      [running(1), 'pay', 'STEP_NOT_SKIPPABLE'],
      [running(0), 'taxi', 'STEP_NOT_FOUND'],
    ] as const;
    for (const [state, step, reason] of refusals) {
      expect(() => apply(state, { kind: 'skip', step })).toThrow(expect.objectContaining({ reason }));
    }
  });

  it('leaves a parked saga parked when it skips a step of it', () => {
    const parked: SagaState = { kind: 'PARKED', parked: running(0), failure };
    expect(apply(parked, { kind: 'skip', step: 'hotel' })).toEqual({ ...parked, parked: running(1) });
  });

  it('does nothing to a saga that is over', () => {
    expect(() => apply({ kind: 'COMPLETED' }, park)).toThrow(expect.objectContaining({ reason: 'SAGA_FINISHED' }));
    expect(apply({ kind: 'COMPENSATED', failure }, compensate)).toBeUndefined();
  });
});
