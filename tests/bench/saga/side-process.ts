import { treeCpuMs } from '../cpu.ts';
import type { Counted, DatabaseCounters } from '../database-counters.ts';
import type { Figures } from '../figures.ts';
import type { Load } from '../load.ts';
import { startSideProcess } from '../side-process.ts';
import type { SagaRequest } from './side.ts';

/**
 * What is measured in each round; times and counts are of one saga. `commitsPerSaga` are all transactions that were
 * committed, `durableCommitsPerSaga` those that wrote.
 */
export type SagaFigure =
  | 'sagasPerSecond'
  | 'p50Ms'
  | 'p99Ms'
  | 'durableCommitsPerSaga'
  | 'commitsPerSaga'
  | 'statementsPerSaga'
  | 'clientCpuUs'
  | 'postgresCpuUs';

/** One peer with its database, as the bench sees it. */
export interface SagaSide extends AsyncDisposable {
  readonly name: string;
  /** Keeps this many sagas under way for this long. */
  measure(concurrency: number, durationMs: number): Promise<Figures<SagaFigure>>;
}

/** The server that a peer's database is on. */
export interface SagaServer {
  readonly pid: number;
  readonly counters: DatabaseCounters;
  ensureDatabase(name: string): Promise<{ reveal(): string }>;
}

/** Starts a peer over a new, empty database of that server; resolves when it is ready. */
export async function startSagaSide(name: string, server: SagaServer): Promise<SagaSide> {
  const databaseName = databaseOf(name);
  const databaseUrl = await server.ensureDatabase(databaseName);
  const side = await startSideProcess<SagaRequest>(new URL('./side.ts', import.meta.url), {
    args: [name],
    environment: { BENCH_DATABASE_URL: databaseUrl.reveal() },
  });
  const counted = async (): Promise<Counted> => {
    const counts = (await server.counters.read()).get(databaseName);
    if (counts === undefined) throw new Error(`PostgreSQL counts nothing for the database ${databaseName}`);
    return counts;
  };

  return {
    name,
    async measure(concurrency, durationMs) {
      await side.ask({ kind: 'flush' });
      const before = await counted();
      const writesBefore = await server.counters.writes();
      const postgresBeforeMs = treeCpuMs(server.pid);
      const { count, seconds, p50Ms, p99Ms, cpuUs } = (await side.ask({
        kind: 'load',
        concurrency,
        durationMs,
      })) as Load; // side.ts answers so
      const postgresCpuMs = treeCpuMs(server.pid) - postgresBeforeMs;
      const ran = await counted();
      const writes = await server.counters.writes();
      const flushed = Number(await side.ask({ kind: 'flush' }));
      const { commits } = await counted();
      return {
        sagasPerSecond: count / seconds,
        p50Ms,
        p99Ms,
        commitsPerSaga: (commits - before.commits - flushed) / count,
        durableCommitsPerSaga: (writes - writesBefore) / count,
        statementsPerSaga: (ran.statements - before.statements) / count,
        clientCpuUs: cpuUs / count,
        postgresCpuUs: (1_000 * postgresCpuMs) / count,
      };
    },
    [Symbol.asyncDispose]: () => side[Symbol.asyncDispose](),
  };
}

/** The name of a peer's database. */
export function databaseOf(name: string): string {
  return `bench_${name.replaceAll(/\W/g, '_')}`;
}
