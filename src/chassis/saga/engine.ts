import { newId, systemClock, systemRandom, type Clock, type Random } from '../core/index.ts';
import type { Database, Queryable } from '../store/index.ts';
import type { SagaDefinition } from './definition.ts';
import { createSagaFeed, type SagaFeed } from './feed.ts';
import type { TransitionHook } from './log.ts';
import { createSagaOperator, type SagaOperator } from './operator.ts';
import { createPostgresLog } from './postgres-log.ts';
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

/** Durable sagas of one service, in its own database. */
export interface SagaEngine extends SagaWorker {
  readonly operator: SagaOperator;
  readonly feed: SagaFeed;
  /**
   * Starts a saga in the caller's transaction: it runs if and only if that commits. Answers its id. Wake the worker after
   * the commit; whatever happens then, a worker finds the saga.
   */
  start<Input>(tx: Queryable, definition: SagaDefinition<Input>, start: SagaStart<Input>): Promise<string>;
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
  const log = createPostgresLog({
    database,
    statements,
    definitions,
    instanceId,
    leaseMs: tuning.leaseMs,
    onTransitions,
  });
  const worker = createSagaWorker({ log, definitions, clock, random, tuning });
  return {
    ...worker,
    get size() {
      return worker.size;
    },
    operator: createSagaOperator({ database, statements, definitions, onTransitions }),
    feed: createSagaFeed({ database, statements, clock, pollMs: FEED_POLL_MS }),
    async start(tx, definition, { id = newId(), input, correlationKey }) {
      await tx.execute(statements['insert-saga'], [
        id,
        definition.name,
        definition.version,
        correlationKey,
        JSON.stringify(input),
        definition.deadlineMs,
      ]);
      return id;
    },
  };
}
