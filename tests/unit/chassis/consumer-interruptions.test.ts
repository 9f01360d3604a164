import { describe, expect, it } from '@jest/globals';

import { AppError, createEmitter } from '../../../src/chassis/core/index.ts';
import { followInterruptions, type ConsumerEvents } from '../../../src/chassis/events/index.ts';

const names = { consumer: 'mover', source: 'order' };
const away = new AppError({ status: 'UNAVAILABLE', reason: 'NO_ENDPOINT', message: 'order is away' });
const expired = new AppError({ status: 'OUT_OF_RANGE', reason: 'POSITION_EXPIRED', message: 'gone' });
const ahead = new AppError({ status: 'OUT_OF_RANGE', reason: 'POSITION_AHEAD', message: 'not yet' });

function follow() {
  let nowMs = 1_000;
  const events = createEmitter<ConsumerEvents>();
  const now = followInterruptions(events, { monotonicMs: () => nowMs });
  return {
    now,
    after: (ms: number) => void (nowMs += ms),
    interrupt: (error: unknown) => events.emit('interrupted', { ...names, error, waitMs: 0 }),
    handle: () => events.emit('handled', { ...names, events: 1, duplicates: 0, durationMs: 1, delayMs: 1 }),
  };
}

describe('followInterruptions', () => {
  it('counts interruptions that follow each other as one, from the first', () => {
    const { now, after, interrupt } = follow();
    expect(now()).toEqual({ kind: 'none' });
    for (let n = 0; n < 10; n += 1) {
      interrupt(away);
      after(20_000);
    }
    expect(now()).toEqual({ kind: 'interrupted', forMs: 200_000, error: away });
  });

  it('is over when events are handled, or when nothing went wrong for long', () => {
    const { now, after, interrupt, handle } = follow();
    interrupt(away);
    handle();
    expect(now()).toEqual({ kind: 'none' });
    interrupt(away);
    after(30_000);
    expect(now()).toEqual({ kind: 'none' });
    interrupt(away);
    after(1_000);
    expect(now()).toMatchObject({ kind: 'interrupted', forMs: 1_000 });
  });

  it('tells at once of a consumer that was away for too long', () => {
    const { now, interrupt } = follow();
    interrupt(expired);
    expect(now()).toEqual({ kind: 'expired', error: expired });
  });

  it('tells at once of a consumer whose publisher was restored from a backup', () => {
    const { now, interrupt } = follow();
    interrupt(ahead);
    expect(now()).toEqual({ kind: 'ahead', error: ahead });
  });
});
