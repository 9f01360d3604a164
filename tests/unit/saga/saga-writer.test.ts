import { describe, expect, it } from '@jest/globals';

import { AppError, createEmitter, systemRandom } from '../../../src/chassis/core/index.ts';
import type { SagaChange, SagaEvents, SagaLog, WorkingSaga } from '../../../src/chassis/saga/index.ts';
import { createSagaWriter } from '../../../src/chassis/saga/saga-writer.ts';
import { DATABASE_UNAVAILABLE } from '../../../src/chassis/store/index.ts';
import { eventually } from '../../support/eventually.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const RUNNING = {
  kind: 'RUNNING',
  step: 0,
  attempt: 1,
  failures: 0,
  done: [],
  ambiguous: false,
  ahead: false,
} as const;

function sagaWithToken(claimToken: number): WorkingSaga {
  const names = { id: 'a', name: 'trip', version: 1, correlationKey: 'a', input: null, outputs: {} };
  const origin = { traceparent: undefined, baggage: undefined };
  return { ...names, origin, state: RUNNING, claimToken, revision: claimToken };
}

describe('createSagaWriter', () => {
  it("never believes an older claim's pen for what a newer one of the same saga has written", async () => {
    const sent: SagaChange[] = [];
    const log: Pick<SagaLog, 'record'> = {
      async record(changes) {
        sent.push(...changes);
        return new Set(changes.map(({ saga }) => saga.id)); // by saga: the log does not say whose change it was
      },
    };
    const writer = createSagaWriter({
      log: log as SagaLog, // a writer uses nothing else of it
      clock: createManualClock(),
      random: systemRandom,
      events: createEmitter<SagaEvents>(),
    });
    const pens = [1, 2].map((claimToken) => writer.open(sagaWithToken(claimToken)));
    const next = { ...RUNNING, step: 1 };
    for (const pen of pens) pen.add({ next, history: [], outputs: {}, hold: true, delayMs: 0 });

    expect(await Promise.all(pens.map((pen) => pen.durable(new AbortController().signal)))).toEqual([false, true]);
    expect(sent.map(({ saga }) => saga.claimToken)).toEqual([2]);
  });

  it('asks a log that is away once for all sagas that wait, and says so once each time', async () => {
    const asked: (readonly SagaChange[])[] = [];
    const log: Pick<SagaLog, 'record'> = {
      async record(changes) {
        asked.push(changes);
        if (asked.length < 4)
          throw new AppError({ status: 'UNAVAILABLE', reason: DATABASE_UNAVAILABLE, message: 'away' });
        return new Set(changes.map(({ saga }) => saga.id));
      },
    };
    const clock = createManualClock();
    const events = createEmitter<SagaEvents>();
    let told = 0;
    events.on('logFailed', () => (told += 1));
    const writer = createSagaWriter({ log: log as SagaLog, clock, random: systemRandom, events });
    const waits = Array.from({ length: 10 }, (_, n) => {
      const pen = writer.open({ ...sagaWithToken(1), id: String(n) });
      pen.add({ next: { ...RUNNING, step: 1 }, history: [], outputs: {}, hold: true, delayMs: 0 });
      return pen.durable(new AbortController().signal);
    });

    await eventually(async () => {
      clock.advance(500);
      expect(asked).toHaveLength(4);
    });
    expect(await Promise.all(waits)).toEqual(waits.map(() => true));
    expect(asked.map((changes) => changes.length)).toEqual([10, 10, 10, 10]);
    // Whether the first attempt was written nobody knows: the log is told that it may have been.
    expect(asked.map((changes) => changes.every(({ again }) => again))).toEqual([false, true, true, true]);
    expect(told).toBe(3);
  });
});
