import { createBell, createEmitter, type Clock, type Events } from '../core/index.ts';
import type { Database } from '../store/index.ts';
import { createGenerations } from './generations.ts';
import type { GenerationStatus, ReadModel, ReadModelEvents } from './read-model.ts';
import { runReadModel, type Pace } from './read-model-runner.ts';

/** What read models are made with. */
export interface ReadModelsOptions {
  readonly database: Database;
  readonly models: readonly ReadModel[];
  readonly clock: Clock;
  /** Names this copy of the process among its replicas. */
  readonly instance: string;
  readonly pace?: Partial<Pace>;
  /** How long a claim lasts that nobody renews, in milliseconds; default 3,000. Who takes over an instance that died waits so long. */
  readonly leaseMs?: number;
}

/** The default of ReadModelsOptions.pace. */
export const READ_MODEL_PACE: Pace = {
  batch: 1_000,
  rebuildBatch: 5_000,
  gatherMs: 200,
  pollMs: 250,
  claimEveryMs: 500,
  renewEveryMs: 1_000,
  retryMs: 1_000,
};

const LEASE_MS = 3_000;

/** The read models of a service: followed, waited for, made again. */
export interface ReadModels {
  readonly events: Events<ReadModelEvents>;
  /** Makes what is missing; to be awaited before anybody reads. */
  open(): Promise<void>;
  /** Follows the log until the signal fires: a background task. Of all replicas that run it, one fills each generation at a time. */
  run(signal: AbortSignal): Promise<void>;
  /** To be called after a commit that appended events: what other processes append is found by looking. */
  wake(): void;
  /**
   * Waits until what is served has every event that was committed before the call: a reader then finds what its caller has written. Resolves
   * with false when that has not happened within `timeoutMs`; reads then give what there is.
   */
  caughtUp(name: string, options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<boolean>;
  /** Every generation, by name. */
  list(): Promise<readonly GenerationStatus[]>;
  /**
   * Begins to make a read model again, from the first event, in tables of its own; the ones that are served are followed meanwhile, and are
   * dropped when readers are given the new ones. While one is being made it answers that one. Its number; undefined: there is no such read
   * model.
   */
  rebuild(name: string): Promise<number | undefined>;
}

/** Between two looks at how far a read model is that another process fills, in milliseconds. */
const LOOK_MS = 20;

/** Read models over PostgreSQL. Throws when a name is not one. */
export function createReadModels(options: ReadModelsOptions): ReadModels {
  const { database, models, clock, instance, leaseMs = LEASE_MS } = options;
  models.forEach(assertNames);
  const generations = createGenerations({ database, owner: instance, leaseMs });
  const events = createEmitter<ReadModelEvents>();
  const [work, hurry, begun, progress] = [createBell(clock), createBell(clock), createBell(clock), createBell(clock)];
  events.on('advanced', () => progress.ring());
  const pace = { ...READ_MODEL_PACE, ...options.pace };
  const runner = { database, generations, clock, events, work, hurry, begun, pace };

  return {
    events,
    async open() {
      for (const model of models) await generations.ensure(model);
    },
    async run(signal) {
      const loops = models.flatMap((model) => [
        runReadModel(model, 'SERVING', runner, signal),
        runReadModel(model, 'BUILDING', runner, signal),
      ]);
      await Promise.all(loops);
    },
    wake: () => work.ring(),
    async caughtUp(name, { timeoutMs, signal = new AbortController().signal }) {
      const endsAtMs = clock.monotonicMs() + timeoutMs;
      let rings = progress.rings;
      const first = await generations.served(name);
      for (let { position } = first; position < first.logEnd; { position } = await generations.served(name)) {
        const leftMs = endsAtMs - clock.monotonicMs();
        if (leftMs <= 0) return false;
        work.ring();
        hurry.ring();
        await progress.after(rings, { timeoutMs: Math.min(LOOK_MS, leftMs), signal });
        rings = progress.rings;
      }
      return true;
    },
    list: () => generations.list(models.map(({ name }) => name)),
    async rebuild(name) {
      const model = models.find((one) => one.name === name);
      if (model === undefined) return undefined;
      const generation = await generations.begin(model);
      begun.ring();
      return generation;
    },
  };
}

function assertNames({ name, tables }: ReadModel): void {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new Error(`${JSON.stringify(name)} is no name of a read model`);
  const bad = tables.find((table) => !/^[a-z][a-z0-9_]*$/.test(table));
  if (bad !== undefined) throw new Error(`${JSON.stringify(bad)} is no name of a table of ${name}`);
}
