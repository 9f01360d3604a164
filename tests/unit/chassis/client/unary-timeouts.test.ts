import { describe, expect, it } from '@jest/globals';
import { Status } from 'nice-grpc';

import { NO_TIMEOUTS, timeoutsOf } from '../../../../src/chassis/middleware/client/index.ts';
import { METHOD, REPLY, inTurn, setUp, settle } from './unary-harness.ts';

describe('timeoutsOf', () => {
  const timeouts = {
    callMs: 1_000,
    attemptMs: 500,
    methods: { '/a.B/*': { callMs: 200 }, '/a.B/C': { attemptMs: 50 } },
  };
  const of = (path: string, isStream = false) => timeoutsOf(timeouts, { path, isStream });

  it('goes from the method to its service to everybody, for each time by itself', () => {
    expect(of('/a.B/C')).toEqual({ callMs: 200, attemptMs: 50 });
    expect(of('/a.B/D')).toEqual({ callMs: 200, attemptMs: 500 });
    expect(of('/a.Other/C')).toEqual({ callMs: 1_000, attemptMs: 500 });
    expect(timeoutsOf(NO_TIMEOUTS, { path: '/a.B/C', isStream: false })).toEqual({});
  });

  it('bounds a stream only where its method is named', () => {
    expect(of('/a.B/D', true)).toEqual({});
    const named = { ...timeouts, methods: { '/a.B/Watch': { callMs: 9_000 } } };
    expect(timeoutsOf(named, { path: '/a.B/Watch', isStream: true })).toEqual({ callMs: 9_000 });
  });
});

describe('the time-outs of a service config', () => {
  const callMs = (ms: number) => ({ timeouts: { methods: { [METHOD]: { callMs: ms } } } });

  it('replace the default of the client, and hold beside what the caller says if they are shorter', async () => {
    const { call, attempts, configure } = setUp({ config: callMs(8_000) });
    await call('x');
    await call('x', { timeoutMs: 300 });
    configure(callMs(200));
    await call('x', { timeoutMs: 300 });
    expect(attempts.map(({ headers }) => headers.timeoutMs)).toEqual([8_000, 300, 200]);
  });

  it('end an attempt that takes too long, tell its endpoint so, and try again elsewhere', async () => {
    const { call, clock, attempts, cancelled, endedCodes, ended } = setUp({
      answer: inTurn(undefined, REPLY),
      idempotency: 'IDEMPOTENT',
      endpoints: 2,
      config: { timeouts: { attemptMs: 100, methods: {} } },
    });
    const calling = call('x', { timeoutMs: 1_000 });
    clock.advance(102);
    expect(await calling).toBe('answer');
    expect(cancelled).toEqual([attempts[0]]);
    expect(attempts.map(({ headers }) => headers.timeoutMs)).toEqual([100, 100]);
    expect(endedCodes).toEqual([Status.DEADLINE_EXCEEDED, Status.OK]);
    expect(ended).toMatchObject([{ status: 'OK', attempts: 2, peer: '10.0.0.2:1' }]);
  });

  it('end with ATTEMPT_TIMEOUT a call that may not be repeated, and with its deadline one that has no time left', async () => {
    const config = { timeouts: { attemptMs: 100, methods: {} } };
    const once = setUp({ answer: () => undefined, config });
    const failing = expect(once.call('x')).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
      reason: 'ATTEMPT_TIMEOUT',
      message: `${METHOD}: the attempt was given up after 100 ms`,
    });
    once.clock.advance(102);
    await failing;
    const short = setUp({ answer: () => undefined, idempotency: 'IDEMPOTENT', config });
    const late = expect(short.call('x', { timeoutMs: 80 })).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
    short.clock.advance(82);
    await late;
    expect(short.attempts).toHaveLength(1);
  });

  it('do not touch an attempt that is answered in time', async () => {
    const { call, clock, attempts, cancelled } = setUp({
      answer: () => undefined,
      config: { timeouts: { attemptMs: 100, methods: {} } },
    });
    const calling = call('x');
    clock.advance(99);
    attempts[0]?.done(REPLY);
    expect(await calling).toBe('answer');
    clock.advance(1_000);
    await settle();
    expect(cancelled).toEqual([]);
  });
});
