import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createEmitter } from '../../../../src/chassis/core/index.ts';
import { createOutboxTail } from '../../../../src/chassis/events/index.ts';
import type { Database, DatabaseEvents, Statement } from '../../../../src/chassis/store/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

/** A tail that somebody waits at, over an empty outbox; each look at it takes so long. */
async function setUp({ lookMs = 0 } = {}) {
  const clock = createManualClock();
  const events = createEmitter<DatabaseEvents>();
  const looksAtMs: number[] = [];
  const answer = async <Row>({ name }: Statement): Promise<Row[]> => {
    if (name !== 'read-events') return [{ newest: 7n, oldest: 1n, floor: 0n } as Row];
    looksAtMs.push(clock.monotonicMs());
    if (lookMs > 0) await clock.sleep(lookMs);
    return [];
  };
  const database = { events, rows: answer, one: async (statement: Statement) => (await answer(statement))[0] };
  const tail = createOutboxTail({ database: database as unknown as Database, clock });
  const { signal } = stop;
  void tail.run(signal);
  const follow = async () => {
    for (;;) await tail.next(7n, { timeoutMs: 3_600_000, signal });
  };
  void follow().catch(() => undefined); // the signal
  /** Time goes on, and whoever wakes does what he does. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1) {
      clock.advance(1);
      for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
    }
  };
  await pass(200);
  return {
    pass,
    /** How many looks there were since this was asked last. */
    looks: () => looksAtMs.splice(0).length,
    wrote: (text: string) => events.emit('done', { statement: { name: 'some', text } }),
  };
}

describe('createOutboxTail', () => {
  it('looks every 25 ms for what other replicas write', async () => {
    const { pass, looks } = await setUp();
    looks();
    await pass(1_000);
    expect(looks()).toBe(40);
  });

  it('looks within 5 ms for what this process has written, and for 50 ms on, by when it is committed', async () => {
    const { pass, looks, wrote } = await setUp();
    wrote('INSERT INTO outbox (event_id) VALUES ($1)');
    looks();
    await pass(6); // it is woken in the first
    expect(looks()).toBe(1);
    await pass(44);
    expect(looks()).toBeGreaterThanOrEqual(8);
    await pass(200);
    expect(looks()).toBeLessThanOrEqual(10);
  });

  it('is not hurried by other statements', async () => {
    const { pass, looks, wrote } = await setUp();
    looks();
    for (let turn = 0; turn < 50; turn += 1) {
      wrote('SELECT * FROM outbox');
      await pass(2);
    }
    expect(looks()).toBe(4);
  });

  it('waits four times as long as a look took, however often events are written', async () => {
    const { pass, looks, wrote } = await setUp({ lookMs: 20 });
    looks();
    for (let turn = 0; turn < 50; turn += 1) {
      wrote('INSERT INTO outbox (event_id) VALUES ($1)');
      await pass(20);
    }
    expect(looks()).toBeLessThanOrEqual(10);
  });
});
