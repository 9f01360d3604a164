import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { DeadLetterOutcome, type DeadLetter } from '../../../gen/tradewind/events/v1/consumer_service.ts';
import { newId } from '../../../src/chassis/core/index.ts';
import { partitionOf } from '../../../src/chassis/events/index.ts';
import { brokenThing, moved, startDesk, type Desk } from '../../support/events/desk.ts';
import { eventually } from '../../support/eventually.ts';
import { as, failure, violatedFields } from '../../support/service.ts';

/** Waits until the consumer's member has been heard of so often. */
async function beats(count: number): Promise<void> {
  const last = async () =>
    (
      await desk.database.one<{ time: Date }>(sql('beat', 'SELECT expire_time AS time FROM inbox_member'))
    )?.time.getTime();
  for (let n = 0; n < count; n += 1) {
    const before = await last();
    await eventually(async () => expect(await last()).not.toBe(before));
  }
}

/** As the admin port tells it. */
interface Health {
  readonly status: string;
  readonly components: Readonly<Record<string, unknown>>;
}

let desk: Desk;
beforeEach(async () => {
  desk = await startDesk();
});
afterEach(async () => {
  await desk[Symbol.asyncDispose]();
});

const reason = 'a test';
const sql = (name: string, text: string) => ({ name, text });
const effectsOf = async (id: string) => (await desk.effects()).filter((effect) => effect.aggregate_id === id).length;

async function letters(query: object = {}): Promise<readonly DeadLetter[]> {
  return (await desk.consumers.listDeadLetters({ ...NO_FILTER, pageSize: 0, pageToken: '', ...query })).deadLetters;
}
const NO_FILTER = {
  ...{ consumer: '', type: '', aggregateType: '', aggregateId: '', reason: '' },
  ...{ since: undefined, until: undefined },
};
const byFilter = (filter: object = {}) => ({
  target: { $case: 'filter', value: { ...NO_FILTER, ...filter } } as const,
  pageToken: '',
  reason,
});
const byIds = (...ids: string[]) => ({ target: { $case: 'ids', value: { ids } } as const, pageToken: '', reason });

async function buried(count: number): Promise<readonly string[]> {
  const things = Array.from({ length: count }, () => brokenThing(desk));
  await desk.write(...things.map((thing) => moved(thing)));
  await eventually(async () => expect(await letters({ pageSize: 200 })).toHaveLength(count));
  return things;
}

const health = async () => (await (await fetch(`http://${desk.http}/health/ready`)).json()) as Health;

const mover = async () => {
  const [consumer] = (await desk.consumers.listConsumers({ consumer: 'mover' })).consumers;
  if (consumer === undefined) throw new Error('there is a mover');
  return consumer;
};

describe('ConsumerService.ListConsumers', () => {
  it('tells who reads what, how far they are and how much there is to come', async () => {
    await desk.write(moved('a'), moved('b'), moved('c'));
    await eventually(async () => {
      const consumer = await mover();
      expect(consumer).toMatchObject({
        ...{ name: 'mover', source: 'desk', types: ['thing.moved'], members: ['desk-1'], newestPosition: 3n },
        ...{ lagEvents: 0n, lagSeconds: 0, lagError: '', parkedCount: 0n, deadLetterCount: 0n, pauseTime: undefined },
      });
      expect(consumer.partitions.map(({ owner }) => owner)).toEqual(Array(8).fill('desk-1'));
    });
    await desk.consumers.pauseConsumer({ consumer: 'mover', reason });
    await eventually(async () => expect((await mover()).partitions.every(({ owner }) => owner === '')).toBe(true));
    await desk.write(moved('d'), moved('d', 2), { ...moved('d', 3), type: 'thing.painted' });
    await eventually(async () => {
      const { lagEvents, lagSeconds, newestPosition } = await mover();
      expect({ lagEvents, newestPosition }).toEqual({ lagEvents: 2n, newestPosition: 6n });
      expect(lagSeconds).toBeGreaterThan(0);
    });
  });

  it('is for administrators', async () => {
    for (const call of [
      desk.consumers.listConsumers({ consumer: '' }, as(newId())),
      desk.consumers.pauseConsumer({ consumer: 'mover', reason }, as(newId())),
      desk.consumers.redriveDeadLetters(byFilter(), as(newId())),
    ]) {
      expect(await failure(call)).toMatchObject({ status: 'PERMISSION_DENIED' });
    }
    expect(await failure(desk.consumers.listConsumers({ consumer: 'nobody' }))).toMatchObject({
      status: 'NOT_FOUND',
      reason: 'CONSUMER_NOT_FOUND',
    });
  });
});

describe('dead letters', () => {
  it('are listed page by page and by what they are, and shown with data, cause and stack', async () => {
    const things = await buried(3);
    const first = await desk.consumers.listDeadLetters({ ...NO_FILTER, pageSize: 2, pageToken: '' });
    const second = await desk.consumers.listDeadLetters({ ...NO_FILTER, pageSize: 2, pageToken: first.nextPageToken });
    const all = [...first.deadLetters, ...second.deadLetters];
    expect(new Set(all.map(({ event }) => event?.aggregateId))).toEqual(new Set(things));
    expect(second.nextPageToken).toBe('');
    expect(await letters({ aggregateId: things[0] })).toHaveLength(1);
    expect(await letters({ reason: 'SOMETHING_ELSE' })).toEqual([]);
    expect(await letters({ until: all[0]?.deathTime })).toEqual([]);
    expect(all[0]?.cause?.stack).toBe('');
    const { deadLetter } = await desk.consumers.getDeadLetter({ id: all[0]!.id });
    expect(deadLetter).toMatchObject({
      ...{ consumer: 'mover', source: 'desk', attempts: 1 },
      event: { type: 'thing.moved', sequence: 1n },
      cause: { status: 'INVALID_ARGUMENT', reason: 'THING_UNKNOWN', message: 'there is no such thing' },
    });
    expect(JSON.parse(deadLetter?.event?.data ?? '')).toEqual({ number: 1 });
    expect(deadLetter?.cause?.stack).toContain('AppError');
    expect(await failure(desk.consumers.getDeadLetter({ id: newId() }))).toMatchObject({
      reason: 'DEAD_LETTER_NOT_FOUND',
    });
    const wrong = { ...NO_FILTER, consumer: 'mover', pageSize: 2, pageToken: first.nextPageToken };
    expect(violatedFields(await failure(desk.consumers.listDeadLetters(wrong)))).toEqual(['page_token']);
  });

  it('take effect once when they are redriven, however often they are asked for, and what fails again says why', async () => {
    const [mended = '', stuck = ''] = await buried(2);
    desk.broken.delete(mended);
    desk.broken.set(stuck, () => new Error('something else'));
    const ids = (await letters()).map(({ id }) => id);
    const answers = await Promise.all([1, 2, 3].map(() => desk.consumers.redriveDeadLetters(byIds(...ids))));
    expect(await effectsOf(mended)).toBe(1);
    const outcomes = answers.flatMap(({ results }) => results).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === DeadLetterOutcome.DEAD_LETTER_OUTCOME_DONE)).toHaveLength(1);
    const [left, ...others] = await letters();
    expect(others).toEqual([]);
    expect(left).toMatchObject({ event: { aggregateId: stuck }, cause: { status: 'INTERNAL' } });
    expect(left?.attempts).toBeGreaterThanOrEqual(2);
    expect(await effectsOf(stuck)).toBe(0);
  });

  it('are redriven by a filter, page by page, none twice', async () => {
    const things = await buried(120);
    const results = [];
    let pageToken = '';
    do {
      const page = await desk.consumers.redriveDeadLetters({ ...byFilter({ consumer: 'mover' }), pageToken });
      results.push(...page.results);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(results.map(({ outcome }) => outcome)).toEqual(
      Array(120).fill(DeadLetterOutcome.DEAD_LETTER_OUTCOME_FAILED),
    );
    expect(new Set(results.map(({ id }) => id)).size).toBe(120);
    for (const thing of things) desk.broken.delete(thing);
    await desk.consumers.redriveDeadLetters(byFilter({ aggregateId: things[7] }));
    expect((await desk.effects()).map(({ aggregate_id: id }) => id)).toEqual([things[7]]);
  });

  it('are discarded with a reason, and kept in what was done', async () => {
    const [thing = ''] = await buried(1);
    const { results } = await desk.consumers.discardDeadLetters({ ...byFilter(), reason: 'a test order' }, as('admin'));
    expect(results).toMatchObject([{ outcome: DeadLetterOutcome.DEAD_LETTER_OUTCOME_DONE, type: 'thing.moved' }]);
    expect(await letters()).toEqual([]);
    expect(await effectsOf(thing)).toBe(0);
    const { actions } = await desk.consumers.listActions({ consumer: 'mover', pageSize: 0, pageToken: '' });
    expect(actions).toMatchObject([{ consumer: 'mover', actor: 'admin', reason: 'a test order' }]);
    expect(JSON.parse(actions[0]?.detail ?? '')).toMatchObject({ event: { aggregateId: thing, data: { number: 1 } } });
    expect(await failure(desk.consumers.discardDeadLetters({ ...byFilter(), reason: '' }))).toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });
});

describe('parked events', () => {
  it('are listed with what waits behind them, and tried at once when asked', async () => {
    desk.broken.set('stuck', () => new Error('the mail server is away'));
    await desk.database.execute(
      sql(
        'later',
        `CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN NEW.due_time := clock_timestamp() + interval '1 hour'; RETURN NEW; END $$`,
      ),
    );
    await desk.database.execute(
      sql('late', 'CREATE TRIGGER late BEFORE INSERT ON parked_event FOR EACH ROW EXECUTE FUNCTION later()'),
    );
    await desk.write(moved('stuck'), moved('stuck', 2), moved('free'));
    const list = () => desk.consumers.listParkedEvents({ consumer: '', aggregateId: '', pageSize: 0, pageToken: '' });
    await eventually(async () => expect((await list()).parkedEvents).toHaveLength(2));
    expect((await list()).parkedEvents).toMatchObject([
      {
        consumer: 'mover',
        attempts: 1,
        event: { sequence: 1n },
        failure: { message: expect.stringContaining('mail server') },
      },
      { attempts: 0, event: { sequence: 2n }, failure: undefined },
    ]);
    await eventually(async () => expect(await effectsOf('free')).toBe(1));
    desk.broken.delete('stuck');
    const answer = await desk.consumers.retryParkedEvents({ consumer: 'mover', aggregateId: 'stuck', reason });
    expect(answer.dueCount).toBe(2n);
    await eventually(async () => expect(await effectsOf('stuck')).toBe(2));
  });
});

describe('ConsumerService.ReplayConsumer', () => {
  const handled = async () => {
    await desk.write(moved('a'), moved('b'), moved('c'));
    await eventually(async () => expect(await desk.effects()).toHaveLength(3));
  };

  it('has the running member read again, and passes over what it has handled', async () => {
    await handled();
    await desk.database.execute(sql('lost', `DELETE FROM effect WHERE aggregate_id = 'b'`));
    await desk.database.execute(
      sql('forgotten', `DELETE FROM inbox WHERE event_id = (SELECT event_id FROM outbox WHERE aggregate_id = 'b')`),
    );
    const before = await desk.positions();
    const { partitions } = await desk.consumers.replayConsumer({
      ...{ consumer: 'mover', from: { $case: 'afterPosition', value: 0n }, again: false, reason },
    });
    expect(partitions.length).toBeGreaterThan(0);
    await eventually(async () =>
      expect((await desk.effects()).map(({ aggregate_id: id }) => id)).toEqual(['a', 'c', 'b']),
    );
    await eventually(async () => {
      const now = await desk.positions();
      expect(now.every((position, index) => position >= before[index]!)).toBe(true);
    });
  });

  it('has everything take effect again when that is asked for, dead letters too', async () => {
    await handled();
    const stuck = brokenThing(desk);
    await desk.write(moved(stuck));
    await eventually(async () => expect(await letters()).toHaveLength(1));
    desk.broken.clear();
    await desk.consumers.replayConsumer({
      ...{ consumer: 'mover', from: { $case: 'since', value: new Date(Date.now() - 60_000) }, again: true, reason },
    });
    await eventually(async () => expect(await desk.effects()).toHaveLength(7));
    expect(await letters()).toEqual([]);
    for (const id of ['a', 'b', 'c']) expect(await effectsOf(id)).toBe(2);
  });

  it('moves one partition alone where one is named', async () => {
    await handled();
    await eventually(async () => expect((await desk.positions()).filter((position) => position > 0n).length).toBe(8));
    const { partitions } = await desk.consumers.replayConsumer({
      ...{ consumer: 'mover', from: { $case: 'afterPosition', value: 0n }, partition: 4, again: false, reason },
    });
    expect(partitions.map(({ partition, toPosition }) => ({ partition, toPosition }))).toEqual([
      { partition: 4, toPosition: 0n },
    ]);
  }, 20_000);

  it('forgets what was handled of one partition alone where one is named', async () => {
    await handled();
    const [partition, ...others] = ['a', 'b', 'c'].map((id) => partitionOf('thing', id));
    expect(others).not.toContain(partition);
    const replayed = { consumer: 'mover', from: { $case: 'afterPosition', value: 0n } as const, reason };
    await desk.consumers.replayConsumer({ ...replayed, partition, again: true });
    await eventually(async () => expect(await effectsOf('a')).toBe(2));
    await desk.consumers.replayConsumer({ ...replayed, again: false });
    await desk.write(moved('d'));
    await eventually(async () => expect(await effectsOf('d')).toBe(1));
    expect([await effectsOf('a'), await effectsOf('b'), await effectsOf('c')]).toEqual([2, 1, 1]);
  });

  it('refuses what is no longer kept', async () => {
    await handled();
    await desk.database.execute(sql('floor', 'UPDATE outbox_floor SET position = 2'));
    const refused = await failure(
      desk.consumers.replayConsumer({
        ...{ consumer: 'mover', from: { $case: 'afterPosition', value: 1n }, again: false, reason },
      }),
    );
    expect(refused).toMatchObject({ status: 'OUT_OF_RANGE', reason: 'POSITION_EXPIRED' });
  });
});

describe('a consumer whose events are rare', () => {
  it('keeps up with the log all the same, so that it is not taken for one that was away', async () => {
    await desk.write({ ...moved('p'), type: 'thing.painted' });
    await beats(2);
    await desk.write({ ...moved('p', 2), type: 'thing.painted' });
    await eventually(async () => expect(await desk.positions()).toEqual(Array(8).fill(2n)), { timeoutMs: 15_000 });
  }, 20_000);
});

describe('ConsumerService.SkipTo', () => {
  it('leaves out what comes up to a position, and refuses one that is not there yet', async () => {
    await desk.consumers.pauseConsumer({ consumer: 'mover', reason });
    await desk.write(moved('a'), moved('b'), moved('c'));
    const skip = (value: bigint) =>
      desk.consumers.skipTo({ consumer: 'mover', to: { $case: 'position', value }, reason });
    expect(await failure(skip(4n))).toMatchObject({ status: 'INVALID_ARGUMENT' });
    expect((await skip(2n)).partitions).toHaveLength(8);
    expect((await skip(1n)).partitions).toEqual([]);
    await desk.consumers.resumeConsumer({ consumer: 'mover', reason });
    await eventually(async () => expect((await desk.effects()).map(({ aggregate_id: id }) => id)).toEqual(['c']));
  });

  it('is the way out where a consumer was away for longer than events are kept', async () => {
    await desk.consumers.pauseConsumer({ consumer: 'mover', reason });
    await desk.write(moved('a'));
    await beats(2); // by then nobody follows the log
    await desk.database.execute(sql('stand', 'UPDATE inbox_partition SET position = 1'));
    await desk.database.execute(sql('go', `SELECT setval('outbox_position_seq', 10)`));
    await desk.database.execute(sql('gone', 'UPDATE outbox_floor SET position = 10'));
    await desk.write(moved('c'));
    await beats(1);
    await desk.consumers.resumeConsumer({ consumer: 'mover', reason });
    await eventually(async () => {
      const { status, components } = await health();
      expect(status).toBe('ready');
      expect(components['consumers']).toMatchObject({
        status: 'degraded',
        why: expect.stringContaining('`tradewind events skip desk mover --to-oldest --reason ...`'),
      });
    });
    expect(await desk.effects()).toEqual([]);
    await desk.consumers.skipTo({ consumer: 'mover', to: { $case: 'oldest', value: true }, reason });
    await eventually(async () => expect((await desk.effects()).map(({ aggregate_id: id }) => id)).toEqual(['c']));
    await eventually(async () => expect((await health()).components['consumers']).toMatchObject({ status: 'healthy' }));
  });
});

describe('a consumer whose publisher was restored from a backup', () => {
  const ids = async () => (await desk.effects()).map(({ aggregate_id: id }) => id);
  const restore = async (position: bigint) => {
    await desk.database.execute(sql('lose', 'DELETE FROM outbox WHERE position > $1'), [position]);
    await desk.database.execute(sql('count-anew', `SELECT setval('outbox_position_seq', $1)`), [position]);
  };

  it('takes nothing new for what it has handled, tells the way out, and handles all of it then', async () => {
    await desk.write(moved('a'), moved('b'), moved('c'));
    await eventually(async () => expect(await ids()).toEqual(['a', 'b', 'c']));
    await desk.consumers.pauseConsumer({ consumer: 'mover', reason });
    await beats(2); // by then nobody follows the log
    await restore(1n);
    await desk.write(moved('d'));
    await desk.consumers.resumeConsumer({ consumer: 'mover', reason });
    await eventually(async () =>
      expect((await health()).components['consumers']).toMatchObject({
        status: 'degraded',
        why: expect.stringContaining('`tradewind events replay desk mover --after 0 --reason ...`'),
      }),
    );
    await desk.write(moved('e'), moved('f'), moved('g')); // the log is longer than ever
    await beats(3);
    expect(await ids()).toEqual(['a', 'b', 'c']);
    expect((await mover()).lagError).toBe(
      'POSITION_AHEAD: the log ends at 2, before position 3, as one does that was restored from a backup',
    );
    const from = { $case: 'afterPosition', value: 0n } as const;
    await desk.consumers.replayConsumer({ consumer: 'mover', from, again: false, reason });
    await eventually(async () => expect((await ids()).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']));
    await eventually(async () => expect((await health()).components['consumers']).toMatchObject({ status: 'healthy' }));
  });

  it('is refused whatever it asks of the log', async () => {
    await desk.write(moved('a'), moved('b'), moved('c'));
    await eventually(async () => expect(await ids()).toEqual(['a', 'b', 'c']));
    const after = [{ partition: 0, position: 3n }];
    await restore(2n);
    expect(await failure(desk.events.measureLag({ after, types: [] }))).toMatchObject({
      ...{ status: 'OUT_OF_RANGE', reason: 'POSITION_AHEAD', metadata: { position: '3', last_position: '2' } },
    });
    const refused = { status: 'OUT_OF_RANGE', reason: 'POSITION_AHEAD' };
    const reading = { afterPosition: 3n, throughPosition: 0n, partitions: [], types: [] };
    expect(await failure(desk.events.readEvents(reading))).toMatchObject(refused);
    await desk.events.readEvents({ ...reading, afterPosition: 2n });
  });
});

describe('ConsumerService.PauseConsumer', () => {
  it('stops every member until the consumer is resumed, once noted however often it is asked', async () => {
    for (const _ of [1, 2]) await desk.consumers.pauseConsumer({ consumer: 'mover', reason: 'a release' }, as('admin'));
    await desk.write(moved('a'));
    await eventually(async () => {
      expect(await mover()).toMatchObject({ lagEvents: 1n, pauseActor: 'admin', pauseReason: 'a release' });
    });
    expect(await desk.effects()).toEqual([]);
    for (const _ of [1, 2]) await desk.consumers.resumeConsumer({ consumer: 'mover', reason: 'it is out' });
    await eventually(async () => expect(await desk.effects()).toHaveLength(1));
    const { actions } = await desk.consumers.listActions({ consumer: '', pageSize: 0, pageToken: '' });
    expect(actions.map(({ actor }) => actor)).toEqual(['internal', 'admin']);
  });
});

describe('the consumers at the admin port', () => {
  const get = async (path: string) => {
    const response = await fetch(`http://${desk.http}${path}`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`http://${desk.http}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('are the same in JSON, with the rules of the contract', async () => {
    const [thing = ''] = await buried(1);
    expect((await get('/consumers')).body).toMatchObject({ consumers: [{ name: 'mover', deadLetterCount: '1' }] });
    const listed = await get(`/consumers/dead-letters?consumer=mover&aggregate_id=${thing}&page_size=5`);
    expect(listed.body).toMatchObject({ deadLetters: [{ event: { aggregateId: thing } }] });
    expect((await get('/consumers/dead-letters?aggregate_id=other')).body['deadLetters']).toEqual([]);
    desk.broken.clear();
    const redriven = await post('/consumers/dead-letters/redrive', { filter: { consumer: 'mover' }, reason });
    expect(redriven.body).toMatchObject({ results: [{ outcome: 'DEAD_LETTER_OUTCOME_DONE' }] });
    expect(await post('/consumers/mover/pause', {})).toMatchObject({ status: 400 });
    expect(await post('/consumers/mover/pause', { reason })).toMatchObject({ status: 200 });
    expect((await get('/consumers/actions')).body).toMatchObject({
      actions: [{ action: 'CONSUMER_ACTION_PAUSE' }, {}],
    });
    // Measured now and then, not when somebody looks.
    await eventually(
      async () => {
        const metrics = await (await fetch(`http://${desk.http}/metrics`)).text();
        expect(metrics).toMatch(/tradewind_consumer_lag_events\{consumer="mover",source="desk".*\} 0/);
        expect(metrics).toMatch(/tradewind_consumer_dead_letters\{/);
      },
      { timeoutMs: 20_000 },
    );
    expect((await get('/backlogs')).body['backlogs']).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'dead letters', count: 0 })]),
    );
  });
});

describe('EventService', () => {
  it('finds the position that everything of a time and later follows', async () => {
    await desk.consumers.pauseConsumer({ consumer: 'mover', reason });
    for (const id of ['a', 'b', 'c', 'd']) await desk.write(moved(id));
    await desk.database.execute(
      sql('age', `UPDATE outbox SET event_time = clock_timestamp() - make_interval(hours => (5 - position)::integer)`),
    );
    const find = async (hours: number) =>
      (await desk.events.findPosition({ time: new Date(Date.now() - hours * 3_600_000) })).position;
    expect([await find(10), await find(3.5), await find(2.5), await find(0)]).toEqual([0n, 1n, 2n, 4n]);
    expect(await desk.events.findPosition({})).toMatchObject({ oldestPosition: 0n, newestPosition: 4n });
  });
});
