import { Secret } from '../../../../src/chassis/config/index.ts';
import { newId } from '../../../../src/chassis/core/index.ts';
import {
  createSagaEngine,
  defineSaga,
  hasEnded,
  SAGA_MIGRATIONS,
  type SagaEngine,
  type SagaStart,
} from '../../../../src/chassis/saga/index.ts';
import { createDatabase, migrate, type Database } from '../../../../src/chassis/store/index.ts';
import { FLUSH_COUNTERS } from '../../database-counters.ts';
import type { SagaPeer } from '../peer.ts';

const nothing = async () => undefined;

/** As a checkout is made: three steps that can be undone, the pivot, two that are tried until they succeed. */
const sixNoOpSteps = defineSaga({
  name: 'six-no-op-steps',
  version: 1,
  deadlineMs: 60_000,
  steps: [
    { name: 'one', kind: 'compensatable', run: nothing, compensate: nothing },
    { name: 'two', kind: 'compensatable', run: nothing, compensate: nothing },
    { name: 'three', kind: 'compensatable', run: nothing, compensate: nothing },
    { name: 'four', kind: 'pivot', run: nothing },
    { name: 'five', kind: 'retriable', run: nothing },
    { name: 'six', kind: 'retriable', run: nothing },
  ],
});

type Start = (engine: SagaEngine, database: Database, start: SagaStart<object>) => Promise<unknown>;

/** Sagas that are started by themselves, as DBOS starts its workflows. */
const byThemselves: Start = (engine, _database, start) => engine.startNow(sixNoOpSteps, start);

/** Sagas that are started in a transaction of whoever starts them, with other rows in it: as a checkout is started with its order. */
const inTransactions: Start = async (engine, database, start) => {
  const started = await database.transaction((tx) => engine.start(tx, sixNoOpSteps, start));
  started.begin();
};

/** Our engine as a service has it: the defaults of pool and engine. */
const peer = (start: Start): SagaPeer => ({
  async open(databaseUrl) {
    const url = new Secret(databaseUrl);
    await migrate({ url, directories: [SAGA_MIGRATIONS] });
    const database = createDatabase({ url, applicationName: 'bench' });
    const engine = createSagaEngine({ database, definitions: [sixNoOpSteps], instanceId: 'bench' });
    const ending = followEnds(engine);
    const stop = new AbortController();
    const stopped = engine.run(stop.signal);

    return {
      async run() {
        const id = newId();
        const ended = ending(id);
        await start(engine, database, { id, input: {}, correlationKey: id });
        await ended;
      },
      flushCounters: () => flushCounters(database),
      async [Symbol.asyncDispose]() {
        stop.abort();
        await stopped;
        await database.close();
      },
    };
  },
});

export const tradewind = peer(byThemselves);
export const tradewindInTransactions = peer(inTransactions);

/** Answers what waits for one saga's end to be durable. */
function followEnds(engine: SagaEngine): (sagaId: string) => Promise<void> {
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  engine.events.on('transition', ({ sagaId, to }) => {
    if (!hasEnded(to)) return;
    if (to.kind === 'COMPLETED') waiting.get(sagaId)?.resolve();
    else waiting.get(sagaId)?.reject(new Error(`saga ${sagaId} ended ${to.kind}`));
    waiting.delete(sagaId);
  });
  engine.events.on('logFailed', ({ what, error }) => {
    for (const { reject } of waiting.values()) reject(new Error(`the saga log failed at ${what}`, { cause: error }));
  });
  return (sagaId) => {
    const ended = Promise.withResolvers<void>();
    waiting.set(sagaId, ended);
    return ended.promise;
  };
}

/** On every connection at the same time, so that each is reached. */
async function flushCounters(database: Database): Promise<number> {
  const { open } = database.pool();
  const everyoneIsIn = Promise.withResolvers<void>();
  let inside = 0;
  const flush = () =>
    database.transaction(async (tx) => {
      await tx.execute({ name: 'flush-counters', text: FLUSH_COUNTERS });
      if (++inside === open) everyoneIsIn.resolve();
      await everyoneIsIn.promise;
    });
  await Promise.all(Array.from({ length: open }, flush));
  return open;
}
