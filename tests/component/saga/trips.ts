import { newId } from '../../../src/chassis/core/index.ts';
import {
  createSagaEngine,
  defineSaga,
  SAGA_MIGRATIONS,
  type HistoryEntry,
  type SagaDefinition,
  type SagaEngine,
  type SagaEngineOptions,
  type SagaStateKind,
  type StepContext,
} from '../../../src/chassis/saga/index.ts';
import { createDatabase, migrate, type Database } from '../../../src/chassis/store/index.ts';
import { eventually } from '../../support/eventually.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';

export interface TripInput {
  readonly traveller: string;
}

type Context = StepContext<TripInput, { hotel: { room: string } }>;

/** What the steps of a trip do, one call each: tests replace them. */
export interface TripWorld {
  call(name: string, context: Context): Promise<unknown>;
}

/** hotel, flight (compensatable), pay (pivot), mail (retriable); quick retries, so that tests do not wait. */
export function defineTrip(world: TripWorld, rest: { version?: number; deadlineMs?: number; timeoutMs?: number } = {}) {
  const quick = { baseMs: 5, maxMs: 20 };
  const timeoutMs = rest.timeoutMs ?? 5_000;
  const compensatable = (name: string) => ({
    name,
    kind: 'compensatable' as const,
    timeoutMs,
    retry: { ...quick, maxAttempts: 3 },
    compensationRetry: { ...quick, maxAttempts: 3 },
    run: (context: Context) => world.call(name, context),
    compensate: async (context: Context) => void (await world.call(`undo-${name}`, context)),
  });
  return defineSaga<TripInput, { hotel: { room: string } }>({
    name: 'trip',
    version: rest.version ?? 1,
    deadlineMs: rest.deadlineMs ?? 60_000,
    steps: [
      compensatable('hotel'),
      compensatable('flight'),
      { name: 'pay', kind: 'pivot', timeoutMs, retry: quick, run: (context) => world.call('pay', context) },
      { name: 'mail', kind: 'retriable', timeoutMs, retry: quick, run: (context) => world.call('mail', context) },
    ],
  });
}

/** Remembers the calls in order, by saga, and does what the script says; a step without a script succeeds. */
export function scriptedWorld(script: Record<string, (context: Context, nth: number) => unknown> = {}) {
  const calls: { readonly name: string; readonly key: string; readonly sagaId: string; readonly by: string }[] = [];
  const world = (by: string): TripWorld => ({
    async call(name, context) {
      const nth = calls.filter((one) => one.name === name && one.sagaId === context.sagaId).length + 1;
      calls.push({ name, key: context.key, sagaId: context.sagaId, by });
      return (await script[name]?.(context, nth)) ?? { room: 'A1' };
    },
  });
  const namesOf = (sagaId: string) => calls.filter((one) => one.sagaId === sagaId).map(({ name }) => name);
  return { world, calls, namesOf };
}

/** Engines over one database, stopped and closed together. */
export async function createTripStation() {
  const test: TestDatabase = await testDatabase();
  await migrate({ url: test.url, directories: [SAGA_MIGRATIONS] });
  const stops: (() => Promise<void>)[] = [];

  async function stopAll(): Promise<void> {
    await Promise.all(stops.splice(0).map((stop) => stop()));
  }

  return {
    database: test.database,
    /** A second pool, as another process would have. */
    anotherDatabase(): Database {
      const database = createDatabase({ url: test.url, applicationName: 'other', maxConnections: 4 });
      stops.push(() => database.close());
      return database;
    },
    /** A worker that runs. */
    run(
      definition: SagaDefinition<TripInput> | readonly SagaDefinition<TripInput>[],
      rest: Partial<SagaEngineOptions> = {},
    ) {
      const engine = createSagaEngine({
        database: test.database,
        definitions: [definition].flat(),
        instanceId: newId(),
        ...rest,
        tuning: { pollMs: 50, drainMs: 200, ...rest.tuning },
      });
      const controller = new AbortController();
      const ended = engine.run(controller.signal);
      const stop = async () => {
        controller.abort();
        await ended;
      };
      stops.push(stop);
      return { engine, stop };
    },
    stopAll,
    async close() {
      await stopAll();
      await test.close();
    },
    async start(engine: SagaEngine, definition: SagaDefinition<TripInput>, traveller = 'ada'): Promise<string> {
      const started = await test.database.transaction((tx) =>
        engine.start(tx, definition, { input: { traveller }, correlationKey: traveller }),
      );
      started.begin();
      return started.id;
    },
    async endsIn(engine: SagaEngine, sagaId: string, state: SagaStateKind, timeoutMs = 10_000) {
      return eventually(
        async () => {
          const saga = await engine.operator.get(sagaId);
          if (saga.state.kind !== state)
            throw new Error(`${saga.state.kind}, not ${state}: ${JSON.stringify(saga.state)}`);
          return saga;
        },
        { timeoutMs },
      );
    },
    async history(engine: SagaEngine, sagaId: string): Promise<readonly HistoryEntry[]> {
      return engine.operator.history([sagaId], 1_000);
    },
  };
}

/** "STARTED", "ATTEMPT_STARTED hotel 1", ... */
export function tell(history: readonly HistoryEntry[]): readonly string[] {
  return history.map(({ kind, step, attempt, direction }) =>
    [kind, direction === 'BACKWARD' ? 'undo' : '', step, attempt]
      .filter((part) => part !== undefined && part !== '')
      .join(' '),
  );
}
