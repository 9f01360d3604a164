import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ListPartsRequest, PartCommand, PartState } from '../../../gen/tradewind/choreography/v1/part_service.ts';
import {
  createPartHandlers,
  hear,
  PARTS_MIGRATIONS,
  playPart,
  type Part,
} from '../../../src/chassis/choreography/index.ts';
import { Secret } from '../../../src/chassis/config/index.ts';
import { AppError, newId } from '../../../src/chassis/core/index.ts';
import {
  createConsumerMember,
  createFeedCourier,
  eventType,
  EVENTS_MIGRATIONS,
} from '../../../src/chassis/events/index.ts';
import { createDatabase, createPageTokens, migrate, type Database } from '../../../src/chassis/store/index.ts';
import { startPublisher, type TestPublisher } from '../../support/events/event-publisher.ts';
import { eventually } from '../../support/eventually.ts';
import { testDatabaseUrl } from '../../support/postgres.ts';

const asked = eventType('thing.asked', { schema: 'tests.Asked', message: { fromJSON: () => ({}) } });
const revoked = eventType('thing.revoked', { schema: 'tests.Revoked', message: { fromJSON: () => ({}) } });

/** Behaves as each test says. */
let work: (subject: string) => Promise<void> = async () => undefined;

const part: Part<'make' | 'undo'> = {
  name: 'making',
  hears: { publisher: [hear(asked), hear(revoked)] },
  next({ heard, said }) {
    if (heard.has('thing.revoked')) return said.undo === undefined ? 'undo' : undefined;
    return heard.has('thing.asked') && said.make === undefined ? 'make' : undefined;
  },
  steps: {
    make: {
      maxAttempts: 3,
      async run({ subject }) {
        await work(subject);
        return { type: 'making.made', payload: { thing: subject } };
      },
      refused: ({ reason }) => (reason === 'NO' ? { type: 'making.refused', payload: { why: reason } } : undefined),
    },
    undo: { run: async ({ subject }) => ({ type: 'making.undone', payload: { thing: subject } }) },
  },
};

describe('playPart', () => {
  let publisher: TestPublisher;
  let database: Database;
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  const playing = () => playPart(part, { database });
  let played: ReturnType<typeof playing>;

  beforeAll(async () => {
    publisher = await startPublisher();
    const url = await testDatabaseUrl();
    await migrate({ url, directories: [EVENTS_MIGRATIONS, PARTS_MIGRATIONS] });
    database = createDatabase({ url, applicationName: 'part', maxConnections: 10 });
    played = playing();
    const courier = createFeedCourier({ client: () => publisher.client() });
    for (const definition of played.consumers) {
      running.push(createConsumerMember({ definition, database, courier, member: newId() }).run(stopping.signal));
    }
    running.push(played.background.run(stopping.signal));
  });
  afterAll(async () => {
    stopping.abort();
    await Promise.all(running);
    await database.close();
    await publisher[Symbol.asyncDispose]();
  });

  const tell = (subject: string, type: string, sequence = 1n) =>
    publisher.write({ aggregateType: 'thing', aggregateId: subject, sequence, type, payload: {} });
  const told = async (subject: string) => {
    const rows = await database.rows<{ readonly type: string; readonly sequence: bigint }>(
      { name: 'told', text: 'SELECT type, sequence FROM outbox WHERE aggregate_id = $1 ORDER BY position' },
      [subject],
    );
    return rows.map(({ type, sequence }) => `${type} ${sequence}`);
  };
  const untilTold = (subject: string, events: readonly string[]) =>
    eventually(async () => expect(await told(subject)).toEqual(events), { timeoutMs: 15_000 });
  const desk = () =>
    createPartHandlers({
      ...{ database, parts: ['making'] },
      pageTokens: createPageTokens({ secret: new Secret('of the test') }),
    });
  const list = async (query: Partial<ListPartsRequest> = {}) =>
    (await desk().listParts(ListPartsRequest.fromPartial({ parked: true, ...query }))).parts ?? [];
  const names = (subject: string, reason = 'it is mended') => ({ part: 'making', subject, reason });

  it('does what follows from what it hears, and tells what came of it', async () => {
    work = async () => undefined;
    const subject = newId();
    await tell(subject, 'thing.asked');
    await untilTold(subject, ['making.made 1']);
  });

  it('tells of a refusal as the step says', async () => {
    work = async () => Promise.reject(new AppError({ status: 'FAILED_PRECONDITION', reason: 'NO', message: 'no' }));
    const subject = newId();
    await tell(subject, 'thing.asked');
    await untilTold(subject, ['making.refused 1']);
  });

  it('goes on to another step while one is being done, and does not tell what that one led to', async () => {
    let finish: (() => void) | undefined;
    work = () => new Promise((resolve) => (finish = resolve));
    const subject = newId();
    await tell(subject, 'thing.asked');
    await eventually(() => expect(finish).toBeDefined());
    await tell(subject, 'thing.revoked', 2n);
    await untilTold(subject, ['making.undone 1']);
    finish?.();
    work = async () => undefined;
    const another = newId();
    await tell(another, 'thing.asked');
    await untilTold(another, ['making.made 1']);
    expect(await told(subject)).toEqual(['making.undone 1']);
  });

  it('parks a step that keeps failing, shows why, and tries it again when an operator says so', async () => {
    let isMended = false;
    work = async () => {
      if (!isMended) throw new AppError({ status: 'UNAVAILABLE', reason: 'AWAY', message: 'nobody is there' });
    };
    const subject = newId();
    await tell(subject, 'thing.asked');
    await eventually(
      async () =>
        expect(await list()).toMatchObject([
          { ...{ part: 'making', subject, step: 'make', attempts: 3 }, lastError: { reason: 'AWAY' } },
        ]),
      { timeoutMs: 20_000 },
    );
    expect(await list({ reason: 'OTHER' })).toEqual([]);
    isMended = true;
    expect(await desk().resumePart(names(subject))).toMatchObject({ changed: true });
    await untilTold(subject, ['making.made 1']);
    await expect(desk().resumePart(names(subject))).rejects.toMatchObject({ reason: 'STEP_NOT_DUE' });
    expect(await desk().getPart(names(subject))).toMatchObject({
      part: {
        ...{ state: PartState.PART_STATE_IDLE, step: '', heard: ['thing.asked'] },
        said: [{ step: 'make', type: 'making.made', eventTime: expect.any(Date) }],
      },
      actions: [{ command: PartCommand.PART_COMMAND_RESUME, step: 'make', actor: 'internal', reason: 'it is mended' }],
    });
  });

  it('says so where it never heard of a subject, or plays no such part', async () => {
    await expect(desk().getPart(names(newId()))).rejects.toMatchObject({ reason: 'PART_NOT_FOUND' });
    await expect(desk().parkPart({ ...names(newId()), part: 'other' })).rejects.toMatchObject({
      reason: 'PART_NOT_FOUND',
    });
  });

  it('stops a step when an operator says so, also while it is tried, until it is resumed', async () => {
    let tries = 0;
    let fail: (() => void) | undefined;
    work = () => {
      tries += 1;
      return new Promise((_, reject) => {
        fail = () => reject(new AppError({ status: 'UNAVAILABLE', reason: 'AWAY', message: 'nobody is there' }));
      });
    };
    const subject = newId();
    await tell(subject, 'thing.asked');
    await eventually(() => expect(fail).toBeDefined());
    expect(await desk().parkPart(names(subject, 'the provider asked us to'))).toMatchObject({
      ...{ changed: true, part: { state: PartState.PART_STATE_PARKED } },
    });
    expect(await desk().parkPart(names(subject, 'again'))).toMatchObject({ changed: false });
    fail?.();
    work = async () => undefined;
    const another = newId();
    await tell(another, 'thing.asked');
    await untilTold(another, ['making.made 1']);
    expect(await list()).toMatchObject([
      { subject, lastError: { reason: 'PARKED_BY_OPERATOR', message: 'the provider asked us to' } },
    ]);
    expect(tries).toBe(1);
    await desk().resumePart(names(subject));
    await untilTold(subject, ['making.made 1']);
  });
});
