import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { backgroundCall, createDeferred, runInCall, systemClock } from '../../../src/chassis/core/index.ts';
import {
  appendEvents,
  EVENTS_MIGRATIONS,
  MAX_EVENT_BYTES,
  readEvents,
  type NewEvent,
} from '../../../src/chassis/events/index.ts';
import { migrate } from '../../../src/chassis/store/index.ts';
import { eventually } from '../../support/eventually.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

const sql = (name: string, text: string) => ({ name, text });
const event = (aggregateId: string, sequence = 1n): NewEvent => ({
  ...{ aggregateType: 'thing', aggregateId, sequence, type: 'thing.made' },
  payload: { name: aggregateId },
});

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
  await migrate({ url: test.url, directories: [EVENTS_MIGRATIONS] });
});
beforeEach(async () => {
  await test.database.execute(sql('clear', 'TRUNCATE outbox RESTART IDENTITY'));
});
afterAll(() => test.close());

const write = (...events: readonly NewEvent[]) => test.database.transaction((tx) => appendEvents(tx, events));
const read = (after = 0n, limit = 100) => readEvents(test.database, { after, limit, clock: systemClock });
const ids = async (after = 0n, limit = 100) => (await read(after, limit)).map(({ aggregateId }) => aggregateId);

describe('appendEvents', () => {
  it('writes events that are read as they were given, in their order, with the trace of their call', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const call = { ...backgroundCall({ callId: 'c', job: 'test' }), trace: { traceparent, tracestate: undefined } };
    await runInCall(call, () => write(event('a'), event('b'), event('a', 2n)));
    const events = await read();
    expect(events.map(({ aggregateId, sequence }) => [aggregateId, sequence])).toEqual([
      ['a', 1n],
      ['b', 1n],
      ['a', 2n],
    ]);
    expect(events[0]).toMatchObject({
      position: 1n,
      data: '{"name": "a"}',
      type: 'thing.made',
      traceParent: traceparent,
    });
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(3);
  });

  it('leaves nothing of a transaction that fails', async () => {
    const failing = test.database.transaction(async (tx) => {
      await appendEvents(tx, [event('a')]);
      await tx.rows(sql('broken', 'SELECT 1/0'));
    });
    await expect(failing).rejects.toThrow('division by zero');
    expect(await ids()).toEqual([]);
  });

  it('refuses a second event under a number of its aggregate', async () => {
    await write(event('a'));
    await expect(write(event('b'), event('a'))).rejects.toThrow(/outbox_\d{8}_aggregate_sequence_key/);
    expect(await ids()).toEqual(['a']);
  });
});

describe('an event that is too large', () => {
  const sized = (bytes: number): NewEvent => ({
    ...event('large'),
    payload: { text: 'x'.repeat(bytes - JSON.stringify({ text: '' }).length) },
  });

  it('is refused where it is written, with its type and the limit, and nothing else of the change is kept', async () => {
    await expect(write(event('a'), sized(MAX_EVENT_BYTES + 1))).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'EVENT_TOO_LARGE',
      message: 'thing.made of thing/large would have 1048577 bytes of data, and an event has at most 1048576',
    });
    expect(await ids()).toEqual([]);
  });

  it('is one byte larger than what is written, however much goes together', async () => {
    await write(event('a'), sized(MAX_EVENT_BYTES), event('b'));
    expect(await ids()).toEqual(['a', 'large', 'b']);
  });

  it('is refused by the table, whatever writes it', async () => {
    const text = `INSERT INTO outbox (event_id, aggregate_type, aggregate_id, sequence, type, payload)
      VALUES (gen_random_uuid(), 'thing', 'large', 1, 'thing.made', jsonb_build_object('text', repeat('x', 2097152)))`;
    await expect(test.database.execute(sql('insert-large', text))).rejects.toThrow('outbox_payload_fits');
  });
});

describe('readEvents', () => {
  it('goes on after a position, a page at a time', async () => {
    await write(event('a'), event('b'), event('c'));
    expect(await ids(0n, 2)).toEqual(['a', 'b']);
    expect(await ids(2n, 2)).toEqual(['c']);
    expect(await ids(3n, 2)).toEqual([]);
  });

  it('gives what comes before a gap, and waits for who may fill it', async () => {
    await write(event('a'));
    const hold = createDeferred();
    const inserted = createDeferred();
    const late = test.database.transaction(async (tx) => {
      const text = `INSERT INTO outbox (event_id, aggregate_type, aggregate_id, sequence, type, payload)
        VALUES (gen_random_uuid(), 'thing', 'late', 1, 'thing.made', '{}')`;
      await tx.execute(sql('insert', text));
      inserted.resolve();
      await hold.promise;
    });
    await inserted.promise;
    await write(event('early'));
    expect(await ids()).toEqual(['a']);
    const asked: string[] = [];
    const stop = test.database.events.on('statement', ({ name }) => asked.push(name));
    let waited: readonly string[] | undefined;
    const waiting = ids(1n).then((given) => (waited = given));
    await eventually(() => expect(asked).toContain('oldest-transaction-id'));
    expect(waited).toBeUndefined();
    hold.resolve();
    await late;
    await waiting;
    stop();
    expect(waited).toEqual(['late', 'early']);
  });

  it('passes a gap that nobody can fill any more', async () => {
    const failing = test.database.transaction(async (tx) => {
      await tx.rows(sql('take', `SELECT nextval(pg_get_serial_sequence('outbox', 'position'))`));
      throw new Error('gone');
    });
    await expect(failing).rejects.toThrow('gone');
    await write(event('a'));
    expect((await read()).map(({ position }) => position)).toEqual([2n]);
  });
});
