import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { hear, PARTS_MIGRATIONS, playPart, type Part } from '../../../src/chassis/choreography/index.ts';
import { AppError, newId } from '../../../src/chassis/core/index.ts';
import {
  createConsumerMember,
  createFeedCourier,
  eventType,
  EVENTS_MIGRATIONS,
} from '../../../src/chassis/events/index.ts';
import { createDatabase, migrate, type Database } from '../../../src/chassis/store/index.ts';
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
  const ask = async (verb: 'GET' | 'park' | 'resume', subject = '', body?: unknown) => {
    const path = verb === 'GET' ? '/parts/making' : `/parts/making/{subject}/${verb}`;
    const request = { variables: { subject }, query: new URLSearchParams(), headers: {} };
    const route = played.routes.find((one) => one.path === path)!;
    const answer = await route.handle({ ...request, json: async () => body, signal: stopping.signal });
    return JSON.parse(String(answer.body)) as {
      parked?: { subject: string; step: string; error: { reason: string } }[];
    };
  };

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
        expect((await ask('GET')).parked).toMatchObject([{ subject, step: 'make', error: { reason: 'AWAY' } }]),
      { timeoutMs: 20_000 },
    );
    isMended = true;
    await ask('resume', subject);
    await untilTold(subject, ['making.made 1']);
    await expect(ask('resume', subject)).rejects.toMatchObject({ reason: 'STEP_NOT_PARKED' });
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
    await expect(ask('park', subject, {})).rejects.toMatchObject({ reason: 'REASON_MISSING' });
    await ask('park', subject, { reason: 'the provider asked us to' });
    await expect(ask('park', subject, { reason: 'again' })).rejects.toMatchObject({ reason: 'STEP_NOT_UNDER_WAY' });
    fail?.();
    work = async () => undefined;
    const another = newId();
    await tell(another, 'thing.asked');
    await untilTold(another, ['making.made 1']);
    expect((await ask('GET')).parked).toMatchObject([
      { subject, error: { reason: 'PARKED_BY_OPERATOR', message: 'the provider asked us to' } },
    ]);
    expect(tries).toBe(1);
    await ask('resume', subject);
    await untilTold(subject, ['making.made 1']);
  });
});
