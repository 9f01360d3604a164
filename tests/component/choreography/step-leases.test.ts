import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { hear, PARTS_MIGRATIONS, playPart, type Part } from '../../../src/chassis/choreography/index.ts';
import { newId, systemClock } from '../../../src/chassis/core/index.ts';
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

/** A part whose step is done as one instance does it. */
const making = (work: () => Promise<void>): Part<'make'> => ({
  name: 'making',
  hears: { publisher: [hear(asked)] },
  next: ({ heard, said }) => (heard.has('thing.asked') && said.make === undefined ? 'make' : undefined),
  steps: {
    make: {
      async run({ subject }) {
        await work();
        return { type: 'making.made', payload: { thing: subject } };
      },
    },
  },
});

describe('the lease of a step', () => {
  let publisher: TestPublisher;
  let database: Database;

  beforeAll(async () => {
    publisher = await startPublisher();
    const url = await testDatabaseUrl();
    await migrate({ url, directories: [EVENTS_MIGRATIONS, PARTS_MIGRATIONS] });
    database = createDatabase({ url, applicationName: 'part', maxConnections: 10 });
  });
  afterAll(async () => {
    await database.close();
    await publisher[Symbol.asyncDispose]();
  });

  /** What an instance runs until it is disposed of. */
  function running(tasks: readonly { run(signal: AbortSignal): Promise<void> }[]): AsyncDisposable {
    const stopping = new AbortController();
    const ended = Promise.all(tasks.map((task) => task.run(stopping.signal)));
    return {
      async [Symbol.asyncDispose]() {
        stopping.abort();
        await ended;
      },
    };
  }

  /** The consumers of an instance, which begin its steps; without its background they are kept by nobody, as if the process had died. */
  const hearing = (played: ReturnType<typeof playPart>) => {
    const courier = createFeedCourier({ client: () => publisher.client() });
    return played.consumers.map((definition) =>
      createConsumerMember({ definition, database, courier, member: newId() }),
    );
  };
  const ask = async () => {
    const subject = newId();
    await publisher.write({
      aggregateType: 'thing',
      aggregateId: subject,
      sequence: 1n,
      type: 'thing.asked',
      payload: {},
    });
    return subject;
  };
  const untilTold = (subject: string, timeoutMs: number) =>
    eventually(
      async () =>
        expect(
          await database.rows(
            { name: 'told', text: "SELECT FROM outbox WHERE aggregate_id = $1 AND type = 'making.made'" },
            [subject],
          ),
        ).toHaveLength(1),
      { timeoutMs },
    );

  it('runs out soon after its instance has died, and another does the step', async () => {
    let begun = 0;
    const dead = playPart(
      making(() => new Promise(() => (begun += 1))),
      { database },
    );
    const other = playPart(
      making(async () => undefined),
      { database },
    );
    await using _dead = running(hearing(dead));
    await using _other = running([other.background]);
    const subject = await ask();
    await eventually(() => expect(begun).toBe(1));
    await untilTold(subject, 5_000);
  });

  it('is kept while its instance is at the step: no other begins it too', async () => {
    let begun = 0;
    let others = 0;
    const finished = Promise.withResolvers<void>();
    const slow = playPart(
      making(async () => {
        begun += 1;
        await finished.promise;
      }),
      { database },
    );
    const other = playPart(
      making(async () => void (others += 1)),
      { database },
    );
    await using _slow = running([...hearing(slow), slow.background]);
    await using _other = running([other.background]);
    const subject = await ask();
    await eventually(() => expect(begun).toBe(1));
    await systemClock.sleep(4_000); // twice the lease
    expect({ begun, others }).toEqual({ begun: 1, others: 0 });
    finished.resolve();
    await untilTold(subject, 5_000);
    expect({ begun, others }).toEqual({ begun: 1, others: 0 });
  });

  it('ends when its instance stops: another need not wait for it', async () => {
    let begun = 0;
    const slow = playPart(
      making(() => new Promise(() => (begun += 1))),
      { database },
    );
    const other = playPart(
      making(async () => undefined),
      { database },
    );
    const subject = await (async () => {
      await using _slow = running([...hearing(slow), slow.background]);
      const one = await ask();
      await eventually(() => expect(begun).toBe(1));
      return one;
    })();
    await using _other = running([other.background]);
    await untilTold(subject, 1_500);
  });
});
