import { Secret } from '../../../../src/chassis/config/index.ts';
import { newId } from '../../../../src/chassis/core/index.ts';
import { createSagaEngine, defineSaga, hasEnded, SAGA_MIGRATIONS } from '../../../../src/chassis/saga/index.ts';
import { createDatabase, migrate } from '../../../../src/chassis/store/index.ts';
import { FLUSH_COUNTERS } from '../../database-counters.ts';
import { CONCURRENCIES, type SagaPeer } from '../peer.ts';

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

/** Our engine as a service has it: the same pool, started and stopped the same way, each saga started by itself. */
export const tradewind: SagaPeer = {
  async open(databaseUrl) {
    const url = new Secret(databaseUrl);
    await migrate({ url, directories: [SAGA_MIGRATIONS] });
    const database = createDatabase({ url, applicationName: 'bench' });
    const engine = createSagaEngine({
      database,
      definitions: [sixNoOpSteps],
      instanceId: 'bench',
      tuning: { maxConcurrency: Math.max(...CONCURRENCIES) },
    });
    const ending = new Map<string, { resolve(): void; reject(error: Error): void }>();
    engine.events.on('transition', ({ sagaId, to }) => {
      if (to.kind === 'COMPLETED') ending.get(sagaId)?.resolve();
      else if (hasEnded(to)) ending.get(sagaId)?.reject(new Error(`saga ${sagaId} ended ${to.kind}`));
    });
    engine.events.on('logFailed', ({ what, error }) => {
      for (const { reject } of ending.values()) reject(new Error(`the saga log failed at ${what}`, { cause: error }));
    });
    const stop = new AbortController();
    const stopped = engine.run(stop.signal);

    return {
      async run() {
        const id = newId();
        const ended = Promise.withResolvers<void>();
        ending.set(id, ended);
        await engine.startNow(sixNoOpSteps, { id, input: {}, correlationKey: id });
        await ended.promise;
        ending.delete(id);
      },
      async flushCounters() {
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
      },
      async [Symbol.asyncDispose]() {
        stop.abort();
        await stopped;
        await database.close();
      },
    };
  },
};
