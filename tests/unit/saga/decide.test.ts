import { describe, expect, it } from '@jest/globals';

import { AppError, type ErrorStatus, type Random } from '../../../src/chassis/core/index.ts';
import {
  classify,
  decide,
  decideTimedOut,
  defineSaga,
  type LiveState,
  type Outcome,
  type SagaFailure,
} from '../../../src/chassis/saga/index.ts';

const nothing = () => Promise.resolve();
const definition = defineSaga({
  name: 'trip',
  version: 1,
  deadlineMs: 1_000,
  steps: [
    { name: 'hotel', kind: 'compensatable', run: nothing, compensate: nothing, retry: { maxAttempts: 3 } },
    { name: 'flight', kind: 'compensatable', run: nothing, compensate: nothing, compensationRetry: { maxAttempts: 2 } },
    { name: 'pay', kind: 'pivot', run: nothing },
    { name: 'mail', kind: 'retriable', run: nothing, retry: { baseMs: 100, maxMs: 400 } },
  ],
});
const [HOTEL, FLIGHT, PAY, MAIL] = [0, 1, 2, 3];

/** Always the upper bound of a wait. */
const random: Random = { next: () => 1, bytes: (length) => new Uint8Array(length) };
const failure: SagaFailure = { status: 'UNAVAILABLE', reason: 'GONE', message: 'gone' };
const succeeded: Outcome = { kind: 'succeeded', output: 1 };
const refused: Outcome = { kind: 'refused', failure };
const unknown: Outcome = { kind: 'unknown', failure, retryAfterMs: undefined };

const RUNNING = { kind: 'RUNNING', attempt: 1, failures: 0, done: [], ambiguous: false, ahead: false } as const;

function running(step: number, rest: Partial<Extract<LiveState, { kind: 'RUNNING' }>> = {}): LiveState {
  return { ...RUNNING, step, ...rest };
}

function compensating(step: number, rest: Partial<Extract<LiveState, { kind: 'COMPENSATING' }>> = {}): LiveState {
  return { kind: 'COMPENSATING', step, attempt: 1, failures: 0, done: [], failure, ...rest };
}

function after(state: LiveState, outcome: Outcome) {
  return decide(definition, state, [{ index: state.step, outcome }], random);
}

function nextOf(state: LiveState, outcome: Outcome) {
  return after(state, outcome).next;
}

function historyOf(state: LiveState, outcome: Outcome) {
  return after(state, outcome).history.map(({ kind, step }) => [kind, step]);
}

describe('decide, going forward', () => {
  it('goes on with the next step, and ends after the last', () => {
    expect(nextOf(running(HOTEL), succeeded)).toEqual(running(FLIGHT));
    expect(nextOf(running(MAIL), succeeded)).toEqual({ kind: 'COMPLETED' });
    expect(historyOf(running(MAIL), succeeded)).toEqual([
      ['ATTEMPT_SUCCEEDED', 'mail'],
      ['FINISHED', undefined],
    ]);
  });

  it('undoes a refused step with those before it: a copy of its request may still be on its way', () => {
    expect(nextOf(running(FLIGHT), refused)).toEqual(compensating(FLIGHT));
    expect(nextOf(running(HOTEL), refused)).toEqual(compensating(HOTEL));
  });

  it('undoes nothing of a step that was not tried', () => {
    const { next } = decideTimedOut(definition, { ...RUNNING, step: FLIGHT });
    expect(next).toMatchObject({ kind: 'COMPENSATING', step: HOTEL });
  });

  it('tries an unanswered step again, then undoes it with the others', () => {
    expect(nextOf(running(HOTEL), unknown)).toEqual(running(HOTEL, { attempt: 2, failures: 1, ambiguous: true }));
    const last = running(HOTEL, { attempt: 9, failures: 2, ambiguous: true });
    expect(nextOf(last, unknown)).toEqual(compensating(HOTEL));
    expect(historyOf(last, unknown)).toEqual([
      ['ATTEMPT_FAILED', 'hotel'],
      ['COMPENSATION_STARTED', 'hotel'],
    ]);
  });

  it('tries an unanswered pivot for ever, and turns back on a definite refusal only', () => {
    const late = running(PAY, { attempt: 1_000, failures: 999, ambiguous: true });
    expect(nextOf(late, unknown)).toMatchObject({ kind: 'RUNNING', step: PAY, attempt: 1_001 });
    expect(nextOf(late, refused)).toEqual(compensating(FLIGHT));
  });

  it.each<[ErrorStatus, string]>([
    ['FAILED_PRECONDITION', 'COMPENSATING'],
    ['NOT_FOUND', 'COMPENSATING'],
    ['INVALID_ARGUMENT', 'RUNNING'],
    ['PERMISSION_DENIED', 'RUNNING'],
    ['UNAUTHENTICATED', 'RUNNING'],
    ['UNIMPLEMENTED', 'RUNNING'],
    ['DATA_LOSS', 'RUNNING'],
  ])('turns back at a pivot that may have happened only for an answer about it: %s', (status, kind) => {
    const answer: Outcome = { kind: 'refused', failure: { ...failure, status } };
    expect(nextOf(running(PAY, { attempt: 2, ambiguous: true }), answer)).toMatchObject({ kind });
    expect(nextOf(running(PAY), answer)).toMatchObject({ kind: 'COMPENSATING', step: FLIGHT });
  });

  it('never turns back after the pivot, whatever the answer', () => {
    for (const outcome of [refused, unknown]) {
      expect(nextOf(running(MAIL, { attempt: 500, failures: 499 }), outcome)).toMatchObject({
        kind: 'RUNNING',
        step: MAIL,
        attempt: 501,
      });
    }
  });

  it('waits longer after each failure, up to the cap, and at least as long as the participant asked', () => {
    const delayAfter = (failures: number, outcome: Outcome) => after(running(MAIL, { failures }), outcome).delayMs;
    expect([0, 1, 2, 3, 50].map((failures) => delayAfter(failures, unknown))).toEqual([100, 200, 400, 400, 400]);
    expect(delayAfter(0, { kind: 'unknown', failure, retryAfterMs: 5_000 })).toBe(5_000);
  });

  it('turns back at its deadline with its own reason', () => {
    const { next } = decideTimedOut(definition, { ...RUNNING, step: PAY });
    expect(next).toMatchObject({ kind: 'COMPENSATING', step: FLIGHT, failure: { reason: 'SAGA_TIMED_OUT' } });
  });

  it('makes an interrupted attempt again without counting it', () => {
    expect(nextOf(running(HOTEL, { failures: 2 }), { kind: 'interrupted', failure })).toEqual(
      running(HOTEL, { attempt: 2, failures: 2, ambiguous: true }),
    );
  });
});

describe('decide, after somebody was cut off', () => {
  it('undoes every step before the pivot, for the one cut off may have been further than the log says', () => {
    expect(nextOf(running(HOTEL, { attempt: 2, ambiguous: true, ahead: true }), refused)).toEqual(compensating(FLIGHT));
    expect(nextOf(running(HOTEL, { attempt: 2, ambiguous: true, ahead: true }), succeeded)).toEqual(
      running(FLIGHT, { ahead: true }),
    );
    expect(nextOf(running(FLIGHT, { ahead: true }), succeeded)).toEqual(running(PAY));
  });
});

describe('decide, in a parallel group', () => {
  const group = defineSaga({
    name: 'group',
    version: 1,
    deadlineMs: 1_000,
    steps: [
      {
        parallel: [
          { name: 'car', kind: 'compensatable', run: nothing, compensate: nothing, retry: { maxAttempts: 2 } },
          { name: 'room', kind: 'compensatable', run: nothing, compensate: nothing, retry: { maxAttempts: 2 } },
        ],
      },
      { name: 'pay', kind: 'pivot', run: nothing },
      {
        parallel: [
          { name: 'mail', kind: 'retriable', run: nothing },
          { name: 'call', kind: 'retriable', run: nothing },
        ],
      },
    ],
  });
  const [CAR, ROOM, PIVOT] = [0, 1, 2];
  const both = (state: LiveState, car: Outcome, room: Outcome) =>
    decide(group, state, [{ index: CAR, outcome: car }, { index: ROOM, outcome: room }], random).next; // prettier-ignore

  it('goes on when all of it is done', () => {
    expect(both(running(CAR), succeeded, succeeded)).toEqual(running(PIVOT));
  });

  it('tries again only what is not done', () => {
    expect(both(running(CAR), succeeded, unknown)).toEqual(
      running(CAR, { attempt: 2, failures: 1, done: [CAR], ambiguous: true }),
    );
  });

  it('undoes all that was tried of it when a part is refused', () => {
    expect(both(running(CAR), succeeded, refused)).toEqual(compensating(CAR));
    expect(both(running(CAR), unknown, refused)).toEqual(compensating(CAR));
  });

  it('is undone as one stage, each part as often as it takes', () => {
    expect(both(compensating(CAR), succeeded, unknown)).toEqual(
      compensating(CAR, { attempt: 2, failures: 1, done: [CAR] }),
    );
    const rest = compensating(CAR, { attempt: 2, failures: 1, done: [CAR] });
    expect(decide(group, rest, [{ index: ROOM, outcome: succeeded }], random).next).toEqual({
      kind: 'COMPENSATED',
      failure,
    });
  });
});

describe('decide, going backward', () => {
  it('undoes in reverse and ends after the first step', () => {
    expect(nextOf(compensating(FLIGHT), succeeded)).toEqual(compensating(HOTEL));
    expect(nextOf(compensating(HOTEL), succeeded)).toEqual({ kind: 'COMPENSATED', failure });
  });

  it('tries again, and parks when the attempts are used up', () => {
    expect(nextOf(compensating(FLIGHT), refused)).toEqual(compensating(FLIGHT, { attempt: 2, failures: 1 }));
    expect(nextOf(compensating(FLIGHT, { attempt: 2, failures: 1 }), unknown)).toEqual({
      kind: 'PARKED',
      parked: compensating(FLIGHT, { attempt: 3 }),
      failure,
    });
  });
});

describe('classify', () => {
  it.each<[ErrorStatus, string]>([
    ['INVALID_ARGUMENT', 'refused'],
    ['NOT_FOUND', 'refused'],
    ['FAILED_PRECONDITION', 'refused'],
    ['ALREADY_EXISTS', 'refused'],
    ['PERMISSION_DENIED', 'refused'],
    ['UNAVAILABLE', 'unknown'],
    ['DEADLINE_EXCEEDED', 'unknown'],
    ['ABORTED', 'unknown'],
    ['RESOURCE_EXHAUSTED', 'unknown'],
    ['INTERNAL', 'unknown'],
    ['UNKNOWN', 'unknown'],
  ])('reads %s as %s', (status, kind) => {
    expect(classify(new AppError({ status, reason: 'R', message: 'm' })).kind).toBe(kind);
  });

  it('keeps the text of a bug for the operator', () => {
    expect(classify(new TypeError('x is not a function'))).toMatchObject({
      kind: 'unknown',
      failure: { status: 'INTERNAL', message: expect.stringContaining('x is not a function') },
    });
  });

  it('passes on how long the participant wants to be left alone', () => {
    const error = new AppError({
      status: 'UNAVAILABLE',
      reason: 'BUSY',
      message: 'busy',
      details: [{ kind: 'retryInfo', retryDelayMs: 700 }],
    });
    expect(classify(error)).toMatchObject({ retryAfterMs: 700 });
  });
});
