import { randomInteger, systemClock, systemRandom, type Clock, type Random } from '../core/index.ts';
import type { Database, Queryable } from '../store/index.ts';
import type { SagaDefinition } from './definition.ts';
import { createSagaFeed, type SagaFeed } from './feed.ts';
import { SAGA_PARTITIONS, type TransitionHook } from './log.ts';
import { createSagaOperator, type SagaOperator } from './operator.ts';
import { createPostgresLog } from './postgres-log.ts';
import { createSagaStarter } from './starter.ts';
import { loadSagaStatements } from './statements.ts';
import { createSagaWorker, DEFAULT_SAGA_TUNING, type SagaWorker, type SagaWorkerTuning } from './worker.ts';

/** What an engine is made of. */
export interface SagaEngineOptions {
  readonly database: Database;
  /** Every version that may still be in flight; each is pinned as it is given here. */
  readonly definitions: readonly SagaDefinition[];
  /** Names this worker among all that share the database. A restart under the same name takes its old claims back at once. */
  readonly instanceId: string;
  readonly onTransitions?: TransitionHook;
  readonly tuning?: Partial<SagaWorkerTuning>;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** A saga to start. */
export interface SagaStart<Input> {
  /** A UUID; default: a new one. */
  readonly id?: string;
  /** Must survive JSON: no bigint, no Date. */
  readonly input: Input;
  /** What the saga is about: an order's id. */
  readonly correlationKey: string;
}

/** A saga written in a transaction that has yet to commit. */
export interface StartedSaga {
  readonly id: string;
  /**
   * To be called once the transaction has committed, never when it did not: this worker then carries the saga on at once.
   * Where the call is missed (the process dies), a worker finds the saga when its claim runs out.
   */
  begin(): void;
}

/** A saga that a statement of the service's own will write, with `start_sagas`, in a JSON array of all it starts. */
export interface SagaDraft extends StartedSaga {
  /** JSON text: an element of what start_sagas takes. */
  readonly json: string;
}

/** Durable sagas of one service, in its own database. */
export interface SagaEngine extends Omit<SagaWorker, 'accepts' | 'adopt' | 'drop'> {
  readonly operator: SagaOperator;
  readonly feed: SagaFeed;
  /** A saga to be started by a statement that does more, for many callers at once. */
  draft<Input>(definition: SagaDefinition<Input>, start: SagaStart<Input>): SagaDraft;
  /** Starts a saga in the caller's transaction: it runs if and only if that commits. */
  start<Input>(tx: Queryable, definition: SagaDefinition<Input>, start: SagaStart<Input>): Promise<StartedSaga>;
  /** Starts a saga by itself, in one commit with others that start meanwhile, and carries it on. Answers its id. */
  startNow<Input>(definition: SagaDefinition<Input>, start: SagaStart<Input>): Promise<string>;
}

/** The migrations of the tables that the engine keeps sagas in. */
export const SAGA_MIGRATIONS = new URL('./migrations/', import.meta.url);

/** How often a feed looks for news, in milliseconds. */
const FEED_POLL_MS = 200;

/** The saga engine: log, worker, operator and feed over one database. Nothing runs before `run`. */
export function createSagaEngine(options: SagaEngineOptions): SagaEngine {
  const { database, definitions, instanceId, onTransitions } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const tuning = { ...DEFAULT_SAGA_TUNING, ...options.tuning };
  const statements = loadSagaStatements();
  const { leaseMs } = tuning;
  const log = createPostgresLog({ database, statements, definitions, instanceId, leaseMs, onTransitions });
  const firstPartition = randomInteger(random, SAGA_PARTITIONS);
  const worker = createSagaWorker({ log, definitions, clock, random, tuning, firstPartition });
  const operator = createSagaOperator({ database, statements, definitions, onTransitions });
  /** Commanded here, and perhaps worked on here: told to the worker once the command may be committed. */
  const commanded = new Set<string>();
  const starter = createSagaStarter({ database, statements, worker, clock, instanceId, leaseMs });
  return {
    events: worker.events,
    run: worker.run,
    wake() {
      for (const sagaId of commanded) worker.drop(sagaId);
      commanded.clear();
      worker.wake();
    },
    get size() {
      return worker.size;
    },
    operator: {
      ...operator,
      async command(tx, sagaId, command, by) {
        const saga = await operator.command(tx, sagaId, command, by);
        commanded.add(sagaId);
        return saga;
      },
    },
    feed: createSagaFeed({ database, statements, clock, pollMs: FEED_POLL_MS }),
    ...starter,
  };
}
