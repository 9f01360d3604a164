import {
  backoffMs,
  createEmitter,
  isAbortError,
  runInCall,
  type Clock,
  type Events,
  type Random,
} from '../core/index.ts';
import { isDatabaseAway } from '../store/index.ts';
import { withinTrace } from '../tracing/index.ts';
import { createClaims } from './claims.ts';
import type { SagaDefinition } from './definition.ts';
import type { SagaEvents } from './events.ts';
import { execute, type ExecutionPorts } from './execution.ts';
import { SAGA_PARTITIONS, type ClaimedSaga, type SagaLog } from './log.ts';
import { sagaCall } from './saga-call.ts';
import { createSagaWriter } from './saga-writer.ts';

/** How a worker runs. */
export interface SagaWorkerTuning {
  /** Sagas worked on at the same time. */
  readonly maxConcurrency: number;
  /** How long a claim lasts without a heartbeat: what a crash costs before somebody else goes on. */
  readonly leaseMs: number;
  /** How often it looks for due sagas that nobody told it of. */
  readonly pollMs: number;
  /** How long a stopping worker waits for attempts under way before it cuts them off. */
  readonly drainMs: number;
}

/** The defaults. Lease and poll together stay below the five seconds in which a dead instance's sagas must go on. */
export const DEFAULT_SAGA_TUNING: SagaWorkerTuning = {
  maxConcurrency: 256,
  leaseMs: 3_000,
  pollMs: 500,
  drainMs: 2_000,
};

/** What a worker is made of. */
export interface SagaWorkerOptions {
  readonly log: SagaLog;
  readonly definitions: readonly SagaDefinition[];
  readonly clock: Clock;
  readonly random: Random;
  readonly tuning: SagaWorkerTuning;
  /** Where among the partitions it begins to look, from 0; workers that begin elsewhere seldom meet. Default 0. */
  readonly firstPartition?: number;
}

/** Works on sagas until it is told to stop. */
export interface SagaWorker {
  readonly events: Events<SagaEvents>;
  /** Runs until the signal fires, then ends attempts under way, gives claims back and resolves. Once only. */
  run(signal: AbortSignal): Promise<void>;
  /** Looks for due sagas at once: call it after a commit that made one due. */
  wake(): void;
  /** Ends the attempt under way at a saga that a command has changed; at the latest its next write would tell. */
  drop(sagaId: string): void;
  /** True while it takes sagas that come with a claim of its own: as many may wait for their turn as are worked on. */
  readonly accepts: boolean;
  /** Takes a saga that was started under this worker's claim; `sinceMs`: by the monotonic clock, before it was written. */
  adopt(claimed: ClaimedSaga, sinceMs: number): void;
  /** Sagas in hand, for a gauge. */
  readonly size: number;
}

const CLAIM_RETRY = { baseMs: 100, maxMs: 2_000 } as const;

/** A worker over a saga log. Its log must not be shared with another worker of the same instance id. */
export function createSagaWorker(options: SagaWorkerOptions): SagaWorker {
  const { log, clock, random, tuning } = options;
  const definitions = new Map(options.definitions.map((one) => [`${one.name}/${one.version}`, one]));
  const events = createEmitter<SagaEvents>();
  const claims = createClaims({ log, clock, leaseMs: tuning.leaseMs, events });
  const running = new Set<Promise<void>>();
  /** Claimed, and waiting for room. */
  const waiting: { readonly claimed: ClaimedSaga; readonly signal: AbortSignal }[] = [];
  let firstPartition = options.firstPartition ?? 0;
  let stage: 'new' | 'running' | 'stopping' = 'new';
  let awake = false;
  let interruptWait: (() => void) | undefined;
  const ports: ExecutionPorts = {
    writer: createSagaWriter({ log, clock, random, events }),
    clock,
    random,
    events,
    isStopping: () => stage === 'stopping',
  };

  const wake = () => {
    awake = true;
    interruptWait?.();
  };

  function definitionOf({ saga }: ClaimedSaga): SagaDefinition {
    const definition = definitions.get(`${saga.name}/${saga.version}`);
    if (definition === undefined) throw new Error(`saga ${saga.name} version ${saga.version} is not defined here`);
    return definition;
  }

  function take(claimed: ClaimedSaga, sinceMs: number): void {
    const { id, name } = claimed.saga;
    if (claimed.previousOwner !== undefined) {
      events.emit('takenOver', { sagaId: id, name, previousOwner: claimed.previousOwner });
    }
    waiting.push({ claimed, signal: claims.hold(claimed.saga, sinceMs) });
    beginWaiting();
  }

  function beginWaiting(): void {
    while (running.size < tuning.maxConcurrency) {
      const next = waiting.shift();
      if (next === undefined) return;
      begin(next.claimed, next.signal);
    }
  }

  function begin(claimed: ClaimedSaga, signal: AbortSignal): void {
    const { name, origin } = claimed.saga;
    // Whoever called when it was started has a deadline and an identity that are not the saga's.
    const definition = definitionOf(claimed);
    const call = sagaCall(claimed.saga, { job: `saga/${name}`, subject: definition.subject });
    const work = withinTrace(origin.traceparent, () =>
      runInCall(call, () => execute(claimed, definition, ports, signal)),
    )
      .then((end) => {
        if (end === undefined) return;
        if (end.wakeInMs === 0) wake();
        else clock.setTimer(end.wakeInMs + 1, wake); // the database's clock must have passed it too
      })
      .catch((error: unknown) => {
        // The writer has told it already, once for all sagas that it met; nobody waits where the claim was lost.
        if (!isDatabaseAway(error) && !isAbortError(error)) events.emit('logFailed', { what: 'record', error });
      })
      .finally(() => {
        claims.letGo(claimed.saga);
        running.delete(work);
        if (waiting.length > 0) beginWaiting();
        else if (running.size === tuning.maxConcurrency - 1) wake();
      });
    running.add(work);
  }

  /** Claims what there is room for; answers whether more may be waiting. */
  async function claim(): Promise<boolean> {
    const room = tuning.maxConcurrency - running.size - waiting.length;
    if (room <= 0) return false;
    const sinceMs = clock.monotonicMs();
    const claimed = await log.claim(room, firstPartition);
    firstPartition = (firstPartition + 1) % SAGA_PARTITIONS;
    if (claimed.length > 0) events.emit('claimed', { count: claimed.length });
    for (const one of claimed) take(one, sinceMs);
    return claimed.length === room;
  }

  async function wait(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    interruptWait = () => woken.abort();
    if (!awake) await clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
    interruptWait = undefined;
  }

  async function claimUntil(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      awake = false;
      try {
        const more = await claim();
        failures = 0;
        if (!more) await wait(tuning.pollMs * (0.75 + random.next() / 2), signal);
      } catch (error) {
        failures += 1;
        events.emit('logFailed', { what: 'claim', error });
        await clock.sleep(backoffMs(failures, CLAIM_RETRY, random), signal).catch(() => undefined);
      }
    }
  }

  async function beatUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(tuning.leaseMs / 4, signal).catch(() => undefined);
      await claims.beat();
    }
  }

  /** Attempts under way may end; what waits for its turn is given back. */
  async function drain(): Promise<void> {
    const timer = clock.setTimer(tuning.drainMs, () => claims.dropAll());
    for (const { claimed, signal } of waiting.splice(0)) begin(claimed, signal);
    while (running.size > 0) await Promise.allSettled(running);
    timer.cancel();
  }

  return {
    events,
    wake,
    drop: (sagaId) => claims.drop(sagaId),
    get size() {
      return running.size + waiting.length;
    },
    get accepts() {
      return stage === 'running' && running.size + waiting.length < 2 * tuning.maxConcurrency;
    },
    adopt(claimed, sinceMs) {
      take(claimed, sinceMs);
    },
    async run(signal) {
      await log.expireOwn().catch((error: unknown) => events.emit('logFailed', { what: 'claim', error }));
      stage = 'running';
      const beating = new AbortController();
      const beats = beatUntil(beating.signal);
      await claimUntil(signal);
      stage = 'stopping';
      await drain();
      beating.abort();
      await beats;
    },
  };
}
