import {
  createConsumerMember,
  defineConsumer,
  EVENTS_MIGRATIONS,
  eventType,
  on,
  type ConsumerContext,
  type ConsumerEvents,
  type ConsumerOptions,
  type Courier,
  type ReceivedEvent,
} from '../../../src/chassis/events/index.ts';
import { createDatabase, migrate, type Database } from '../../../src/chassis/store/index.ts';
import { testDatabaseUrl } from '../postgres.ts';

/** What a moved thing tells. */
export interface Moved {
  readonly number: number;
}

/** The type that tests publish. */
export const thingMoved = eventType<Moved>('thing.moved', {
  schema: 'tests.ThingMoved',
  message: { fromJSON: (json) => json as Moved },
});

/** One effect of one event, in the order in which effects were committed. */
export interface Effect {
  readonly consumer: string;
  readonly event_id: string;
  readonly aggregate_id: string;
  readonly sequence: bigint;
}

/** A consumer's own database, where each effect leaves a row: twice is visible, and so is any order. */
export interface ConsumerDatabase extends AsyncDisposable {
  readonly database: Database;
  effects(consumer: string): Promise<readonly Effect[]>;
}

/** Opens one. */
export async function consumerDatabase(): Promise<ConsumerDatabase> {
  const url = await testDatabaseUrl();
  await migrate({ url, directories: [EVENTS_MIGRATIONS] });
  const database = createDatabase({ url, applicationName: 'consumer', maxConnections: 20 });
  await database.execute({
    name: 'create-effects',
    text: `CREATE TABLE effect (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, consumer text NOT NULL, event_id uuid NOT NULL,
      aggregate_id text NOT NULL, sequence bigint NOT NULL)`,
  });
  return {
    database,
    effects: (consumer) =>
      database.rows<Effect>(
        {
          name: 'effects',
          text: 'SELECT consumer, event_id, aggregate_id, sequence FROM effect WHERE consumer = $1 ORDER BY id',
        },
        [consumer],
      ),
    [Symbol.asyncDispose]: () => database.close(),
  };
}

const NOTE = {
  name: 'note-effect',
  text: 'INSERT INTO effect (consumer, event_id, aggregate_id, sequence) VALUES ($1, $2, $3, $4)',
};

/** The effect of a test's consumer: a row. */
export const noteEffect =
  (consumer: string) =>
  async ({ id, aggregateId, sequence }: ReceivedEvent<Moved>, { tx }: ConsumerContext) =>
    void (await tx.execute(NOTE, [consumer, id, aggregateId, sequence]));

/** A member that runs. */
export interface RunningMember extends AsyncDisposable {
  /** Everything it told, by kind. */
  readonly told: { readonly [Kind in keyof ConsumerEvents]: ConsumerEvents[Kind][] };
  stop(): Promise<void>;
}

/** Runs a member of a consumer whose handler is `handle`, by default noteEffect. */
export function runMember(options: {
  readonly courier: Courier;
  readonly database: Database;
  readonly name: string;
  readonly member: string;
  readonly source?: string;
  readonly handle?: (event: ReceivedEvent<Moved>, context: ConsumerContext) => Promise<void>;
  readonly consumer?: Partial<ConsumerOptions>;
}): RunningMember {
  const { courier, database, name, member, source = 'publisher', handle = noteEffect(name) } = options;
  const definition = defineConsumer({
    name,
    source,
    on: [on(thingMoved, handle)],
    backoff: { baseMs: 5, maxMs: 50 },
    ...options.consumer,
  });
  const running = createConsumerMember({ definition, database, courier, member });
  const told: RunningMember['told'] = {
    handled: [],
    parked: [],
    buried: [],
    recovered: [],
    assigned: [],
    interrupted: [],
  };
  for (const kind of Object.keys(told) as (keyof ConsumerEvents)[]) {
    running.events.on(kind, (event) => told[kind].push(event as never)); // the list is of this kind
  }
  const stopping = new AbortController();
  const ended = running.run(stopping.signal);
  const stop = async () => {
    stopping.abort();
    await ended;
  };
  return { told, stop, [Symbol.asyncDispose]: stop };
}
