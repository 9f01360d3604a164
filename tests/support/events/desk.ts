import { ConsumerServiceDefinition } from '../../../gen/tradewind/events/v1/consumer_service.ts';
import { EventServiceDefinition } from '../../../gen/tradewind/events/v1/event_service.ts';
import { createClientFactory, type ChassisClient } from '../../../src/chassis/client/index.ts';
import { AppError, newId, systemClock, systemRandom } from '../../../src/chassis/core/index.ts';
import {
  appendEvents,
  defineConsumer,
  EVENTS_MIGRATIONS,
  on,
  type ConsumerContext,
  type NewEvent,
  type ReceivedEvent,
} from '../../../src/chassis/events/index.ts';
import { defineService, startService } from '../../../src/chassis/lifecycle/index.ts';
import { createEtcdRegistry } from '../../../src/chassis/registry/index.ts';
import { createEmbeddedEtcd } from '../../../src/embedded/etcd/index.ts';
import { eventually } from '../eventually.ts';
import { nowhere } from '../nowhere.ts';
import { testDatabase, type TestDatabase } from '../postgres.ts';
import { noteEffect, thingMoved, type Effect, type Moved } from './event-consumer.ts';

/** A whole process that publishes events and consumes them itself, found through a registry as in a suite: what operators look at. */
export interface Desk extends AsyncDisposable {
  readonly database: TestDatabase['database'];
  /** host:port of the registry, its admin port and its gRPC port. */
  readonly etcd: string;
  readonly http: string;
  readonly grpc: string;
  readonly consumers: ChassisClient<typeof ConsumerServiceDefinition>;
  readonly events: ChassisClient<typeof EventServiceDefinition>;
  /** Aggregates whose events its handler refuses, and how. */
  readonly broken: Map<string, () => Error>;
  write(...events: readonly NewEvent[]): Promise<void>;
  effects(): Promise<readonly Effect[]>;
  /** Where its consumer stands, by partition. */
  positions(): Promise<readonly bigint[]>;
}

const sql = (name: string, text: string) => ({ name, text });

/** Starts one whose consumer "mover" leaves a row for each event; `environment` adds keys. */
export async function startDesk(environment: Readonly<Record<string, string>> = {}): Promise<Desk> {
  const etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
  const registry = await createEtcdRegistry({ endpoints: [etcd.address], clock: systemClock, random: systemRandom });
  const test = await testDatabase();
  const { database } = test;
  const broken: Desk['broken'] = new Map();
  const handle = async (event: ReceivedEvent<Moved>, context: ConsumerContext) => {
    const failure = broken.get(event.aggregateId);
    if (failure !== undefined) throw failure();
    await noteEffect('mover')(event, context);
  };
  const definition = defineService({
    name: 'desk',
    migrations: [EVENTS_MIGRATIONS],
    async wire() {
      await database.execute(
        sql(
          'create-effects',
          `CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, consumer text NOT NULL,
             event_id uuid NOT NULL, aggregate_id text NOT NULL, sequence bigint NOT NULL)`,
        ),
      );
      const options = { backoff: { baseMs: 5, maxMs: 20 }, maxAttempts: 3 };
      const consumers = [defineConsumer({ name: 'mover', source: 'desk', on: [on(thingMoved, handle)], ...options })];
      return { grpc: [], consumers };
    },
  });
  const service = await startService(
    definition,
    {
      ...{ DATABASE_URL: test.url.reveal(), INSTANCE_ID: 'desk-1', LOG_LEVEL: 'error', PAGE_TOKEN_SECRET: 'desk' },
      ...{ SHUTDOWN_GRACE_MS: '0', DRAIN_TIMEOUT_MS: '300' },
      ...environment,
    },
    {
      ...{ registry, logTo: nowhere() },
      authentication: () => async (token) => ({ userId: token, roles: [token === 'admin' ? 'admin' : 'customer'] }),
    },
  );
  await eventually(async () => {
    const text = 'SELECT count(*)::integer AS n FROM inbox_partition WHERE owner IS NOT NULL';
    if ((await database.one<{ n: number }>(sql('held', text)))?.n !== 8)
      throw new Error('the consumer does not run yet');
  });
  const clients = createClientFactory({ from: 'test', retry: { maxAttempts: 1 } });
  return {
    ...{ database, broken, etcd: etcd.address, http: service.http, grpc: service.grpc },
    consumers: clients.client(ConsumerServiceDefinition, `static:///${service.grpc}`),
    events: clients.client(EventServiceDefinition, `static:///${service.grpc}`),
    write: (...events) => database.transaction((tx) => appendEvents(tx, events)),
    effects: () =>
      database.rows<Effect>(
        sql('effects', 'SELECT consumer, event_id, aggregate_id, sequence FROM effect ORDER BY id'),
      ),
    async positions() {
      const text = 'SELECT position FROM inbox_partition ORDER BY partition';
      return (await database.rows<{ position: bigint }>(sql('positions', text))).map(({ position }) => position);
    },
    async [Symbol.asyncDispose]() {
      await clients.close();
      await service.stop();
      await registry.close();
      await etcd.close();
      await test.close();
    },
  };
}

/** What a handler throws that no second try mends. */
export const refusal = () =>
  new AppError({ status: 'INVALID_ARGUMENT', reason: 'THING_UNKNOWN', message: 'there is no such thing' });

/** A thing whose events the desk's handler refuses. */
export function brokenThing(desk: Desk, failure: () => Error = refusal): string {
  const id = newId();
  desk.broken.set(id, failure);
  return id;
}

/** An event of a thing. */
export const moved = (aggregateId: string, sequence = 1): NewEvent => ({
  ...{ aggregateType: 'thing', aggregateId, sequence: BigInt(sequence), type: 'thing.moved' },
  payload: { number: sequence },
});
