import { backoffMs, createEmitter, type Clock, type Events, type Random } from '../core/index.ts';
import { createClaims } from './claims.ts';
import { attemptStarted } from './decide.ts';
import type { SagaDefinition } from './definition.ts';
import type { SagaEvents } from './events.ts';
import { execute, pastDeadline, type ExecutionPorts } from './execution.ts';
import type { HistoryDraft } from './history.ts';
import type { ClaimedSaga, SagaLog } from './log.ts';
import { directionOf, isLive } from './state.ts';
import { createTransitionWriter } from './transition-writer.ts';

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
  maxConcurrency: 64,
  leaseMs: 4_000,
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
}

/** Works on sagas until it is told to stop. */
export interface SagaWorker {
  readonly events: Events<SagaEvents>;
  /** Runs until the signal fires, then ends attempts under way, gives claims back and resolves. Once only. */
  run(signal: AbortSignal): Promise<void>;
  /** Looks for due sagas at once: call it after the commit that started one. */
  wake(): void;
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
  let stopping = false;
  let awake = false;
  let interruptWait: (() => void) | undefined;
  const ports: ExecutionPorts = {
    writer: createTransitionWriter(log),
    clock,
    random,
    events,
    isStopping: () => stopping,
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

  function describe(claimed: ClaimedSaga): readonly HistoryDraft[] {
    const definition = definitionOf(claimed);
    const { state } = claimed.saga;
    if (!isLive(state)) return [];
    const takenOver: HistoryDraft = {
      kind: 'TAKEN_OVER',
      direction: directionOf(state),
      note: `from ${claimed.previousOwner}`,
    };
    return [
      ...(claimed.previousOwner === undefined ? [] : [takenOver]),
      ...(pastDeadline(definition, state, claimed.remainingMs) ? [] : [attemptStarted(definition, state)]),
    ];
  }

  function begin(claimed: ClaimedSaga): void {
    const { id, name } = claimed.saga;
    if (claimed.previousOwner !== undefined) {
      events.emit('takenOver', { sagaId: id, name, previousOwner: claimed.previousOwner });
    }
    const signal = claims.hold(claimed.saga);
    const work = execute(claimed, definitionOf(claimed), ports, signal)
      .then((end) => {
        if (end === undefined) return;
        if (end.wakeInMs === 0) wake();
        else clock.setTimer(end.wakeInMs + 1, wake); // the database's clock must have passed it too
      })
      .catch((error: unknown) => events.emit('logFailed', { what: 'record', error }))
      .finally(() => {
        claims.letGo(claimed.saga);
        running.delete(work);
        if (running.size === tuning.maxConcurrency - 1) wake();
      });
    running.add(work);
  }

  /** Claims what there is room for; answers whether more may be waiting. */
  async function claim(): Promise<boolean> {
    const room = tuning.maxConcurrency - running.size;
    if (room <= 0) return false;
    const claimed = await log.claim(room, describe);
    if (claimed.length > 0) events.emit('claimed', { count: claimed.length });
    claimed.forEach(begin);
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

  async function drain(): Promise<void> {
    const timer = clock.setTimer(tuning.drainMs, () => claims.dropAll());
    while (running.size > 0) await Promise.allSettled(running);
    timer.cancel();
  }

  return {
    events,
    wake,
    get size() {
      return running.size;
    },
    async run(signal) {
      await log.expireOwn().catch((error: unknown) => events.emit('logFailed', { what: 'claim', error }));
      const beating = new AbortController();
      const beats = beatUntil(beating.signal);
      await claimUntil(signal);
      stopping = true;
      await drain();
      beating.abort();
      await beats;
    },
  };
}
