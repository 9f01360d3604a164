import { describe, expect, it } from '@jest/globals';

import { abortError } from '../../../../src/chassis/core/index.ts';
import { createRegistration, type Tenure } from '../../../../src/chassis/registry/registration.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { anInstance } from '../../../support/watchers.ts';

const turns = () => new Promise(setImmediate);

/** A registration whose registry is the test: each tenure waits until it is ended. */
function start() {
  const clock = createManualClock();
  const tenures: (Tenure & { readonly startedMs: number; end(error: Error): void })[] = [];
  const registration = createRegistration(anInstance('a:1'), {
    clock,
    random: { next: () => 1, bytes: (length) => new Uint8Array(length) },
    holdTenure: (tenure) =>
      new Promise((_resolve, reject) => {
        tenure.signal.addEventListener('abort', () => reject(abortError(tenure.signal)));
        tenures.push({ ...tenure, startedMs: clock.now(), end: reject });
      }),
    withdraw: async () => undefined,
    onClosed: () => undefined,
  });
  const last = () => {
    const tenure = tenures.at(-1);
    if (tenure === undefined) throw new Error('no tenure yet');
    return tenure;
  };
  const register = (leaseId = '1') => {
    last().onRenewed(clock.now());
    last().onWritten(1, leaseId);
  };
  /** Ends the tenure and waits for the next. */
  const endLast = async (waitMs = 1_000) => {
    last().end(new Error('gone'));
    await turns();
    clock.advance(waitMs);
    await turns();
  };
  return { clock, registration, tenures, last, register, endLast };
}

describe('createRegistration', () => {
  it('tries again for ever, one attempt at a time, with waits that grow to a second', async () => {
    const { clock, registration, tenures, last } = start();
    for (let n = 0; n < 12; n++) {
      const before = tenures.length;
      last().end(new Error('no'));
      await turns();
      expect(tenures).toHaveLength(before);
      while (tenures.length === before) {
        clock.advance(50);
        await turns();
      }
    }
    const waits = tenures.slice(1).map(({ startedMs }, at) => startedMs - (tenures[at]?.startedMs ?? 0));
    expect(waits.slice(0, 4)).toEqual([100, 200, 400, 800]);
    expect(new Set(waits.slice(4))).toEqual(new Set([1_000]));
    expect(registration.state).toMatchObject({ kind: 'granting', failures: 12, sinceMs: 0 });
    await registration.close();
  });

  it('does not race for a key that somebody else takes again and again', async () => {
    const { clock, registration, tenures, last, register } = start();
    for (let n = 0; n < 5; n++) {
      register();
      last().end(new Error('somebody overwrote the registration'));
      await turns();
      const before = tenures.length;
      while (tenures.length === before) {
        clock.advance(50);
        await turns();
      }
    }
    const waits = tenures.slice(1).map(({ startedMs }, at) => startedMs - (tenures[at]?.startedMs ?? 0));
    expect(waits).toEqual([100, 200, 400, 800, 1_000]);
    await registration.close();
  });

  it('is quick again after a tenure that lasted', async () => {
    const { clock, registration, tenures, register, endLast } = start();
    await endLast();
    await endLast();
    register();
    clock.advance(5_000);
    const lostMs = clock.now();
    await endLast(100);
    expect(tenures.at(-1)?.startedMs).toBe(lostMs + 100);
    await registration.close();
  });

  it('tells what happens, with what it is about', async () => {
    const { clock, registration, register, endLast, last } = start();
    const told: string[] = [];
    registration.events.on('registered', ({ leaseId, failures }) => told.push(`registered ${leaseId} ${failures}`));
    registration.events.on('renewed', ({ atMs }) => told.push(`renewed ${atMs}`));
    registration.events.on('lost', ({ leaseId }) => told.push(`lost ${leaseId}`));
    registration.events.on('failed', ({ failures, delayMs }) => told.push(`failed ${failures} ${delayMs}`));
    registration.events.on('revoked', () => told.push('revoked'));
    await endLast();
    register('7');
    clock.advance(500);
    last().onRenewed(1_400);
    expect(registration.state).toEqual({ kind: 'registered', leaseId: '7', lastKeepaliveMs: 1_400 });
    await endLast();
    await registration.close();
    expect(told).toEqual(['failed 1 100', 'registered 7 1', 'renewed 1400', 'lost 7', 'revoked']);
  });

  it('gives every tenure the newest value, and resolves an update once that is written', async () => {
    const { registration, register, endLast, last } = start();
    register();
    const done: string[] = [];
    const updates = [
      registration.update({ weight: 1 }).then(() => done.push('first')),
      registration.update({ weight: 2 }).then(() => done.push('second')),
    ];
    await endLast();
    expect(JSON.parse(last().listing.current().value)).toMatchObject({ id: 'a:1', weight: 2 });
    expect(done).toEqual([]);
    last().onWritten(last().listing.current().version, '2');
    await Promise.all(updates);
    expect(done).toEqual(['first', 'second']);
    expect(registration.instance.weight).toBe(2);
    await registration.close();
  });

  it('ends who waits for it when it is closed, whatever the state', async () => {
    const { registration } = start();
    const waiting = [registration.registered(), registration.update({ weight: 1 })];
    const outcomes = Promise.allSettled(waiting);
    await registration.close();
    expect(await outcomes).toEqual([
      { status: 'rejected', reason: expect.objectContaining({ name: 'AbortError' }) },
      { status: 'rejected', reason: expect.objectContaining({ name: 'AbortError' }) },
    ]);
    expect(registration.state).toEqual({ kind: 'revoked' });
    await registration.close();
  });
});
