import { AppError } from '../../src/chassis/core/index.ts';
import {
  createSagaEngine,
  type SagaDefinition,
  type SagaEngine,
  type SagaTransition,
  type TransitionHook,
} from '../../src/chassis/saga/index.ts';
import type { Database, Statement } from '../../src/chassis/store/index.ts';
import { findBreaches } from './find-breaches.ts';
import { defineShape, SHAPES } from './definitions.ts';
import { createJudge } from './judge.ts';
import { modelStore } from './model-store.ts';
import { createNetwork, type CallPoint } from './network.ts';
import { createParticipants, type SagaRequest } from './participants.ts';
import { CALM_MS, shapesOf, type Fault, type Knowledge, type Plan, type SagaOrder } from './plan.ts';
import { createLife, type Life } from './process.ts';
import { createSchedule } from './schedule.ts';
import type { SimulatedPostgres } from './store-postgres.ts';
import { createStoreServer, type StatementPoint } from './store-server.ts';
import { sagaKey, type HistoryModelRow, type SagaModelRow } from './store-statements.ts';
import { createTrace, type TraceEvent } from './trace.ts';
import { createChances, type World } from './world.ts';

/** A promise that was broken, and whose. */
export interface SimulationBreach {
  /** "s1"; empty: nobody's in particular. */
  readonly saga: string;
  readonly text: string;
}

/** How a run went. */
export interface SimulationResult {
  readonly breaches: readonly SimulationBreach[];
  /** Equal for equal runs. */
  readonly hash: string;
  readonly events: readonly TraceEvent[];
  readonly sagas: Readonly<Record<'COMPLETED' | 'COMPENSATED' | 'other', number>>;
  /** How long after the last fault the last saga ended, in milliseconds of virtual time. */
  readonly settledMs: number;
}

/** What a run can be given beside its plan. */
export interface SimulationOptions {
  /** Carries statements out instead of the model. */
  readonly postgres?: SimulatedPostgres | undefined;
}

/** In a calm world everything has to end within so much virtual time. */
const LIVENESS_MS = 40_000;

/** Requests that are late arrive within it. */
const LAST_STRAGGLER_MS = 90_000;

interface Place {
  readonly index: number;
  life: Life | undefined;
  engine: SagaEngine | undefined;
  database: Database | undefined;
  definitions: readonly SagaDefinition<SagaRequest>[];
  stop: AbortController;
  /** Its worker has ended. */
  stopped: boolean;
  knows: Knowledge;
  lives: number;
  /** How often it has come to what a fault can aim at. */
  readonly reached: Map<string, number>;
}

type AimedFault = Extract<Fault, { readonly nth: number }>;

const START_SUBJECT: Statement = {
  name: 'start-subject',
  text: `INSERT INTO subject (id, state, revision, transitions) VALUES ($1::uuid, 'RUNNING', 1, '{}')`,
};

const MOVE_SUBJECTS: Statement = {
  name: 'move-subjects',
  text: `UPDATE subject
SET state = moved.state, revision = moved.revision, transitions = subject.transitions || moved.revision
FROM (SELECT * FROM json_to_recordset($1::json) AS m (id uuid, state text, revision integer)) AS moved
WHERE subject.id = moved.id`,
};

/** Moves the row that each saga is about, in the transaction of the saga's own. */
const moveSubjects: TransitionHook = async (tx, transitions: readonly SagaTransition[]) => {
  const moved = transitions.map(({ saga }) => ({ id: saga.id, state: saga.state.kind, revision: saga.revision }));
  await tx.execute(MOVE_SUBJECTS, [JSON.stringify(moved)]);
};

/** Runs one plan from its first event to its last. */
export async function simulate(plan: Plan, options: SimulationOptions = {}): Promise<SimulationResult> {
  const schedule = createSchedule();
  const trace = createTrace(() => schedule.nowMs);
  const breaches: SimulationBreach[] = [];
  const names = new Map(plan.sagas.map(({ id }, at) => [id, `s${at}`]));
  const orders = new Map(plan.sagas.map((order) => [order.id, order]));
  let calm = false;
  let closing = false;

  const world: World = {
    schedule,
    trace,
    latencies: plan.latencies,
    nameOf: (id) => names.get(id) ?? id,
    chance: createChances(plan.seed),
    get isCalm() {
      return calm;
    },
    breach: (text) => breach('', text),
  };

  function breach(sagaId: string, text: string): void {
    const saga = names.get(sagaId) ?? '';
    trace.tell('BREACH', saga === '' ? [] : [saga], text);
    breaches.push({ saga, text });
  }

  const { log: store, backend } =
    (await options.postgres?.empty(() => schedule.nowMs, world.breach)) ?? modelStore(() => schedule.nowMs);
  const judge = createJudge({ store, breach });
  const participants = createParticipants({
    stock: plan.stock,
    temperOf: (sagaId) => orders.get(sagaId)?.temper ?? { refuses: [], wavers: {}, fails: {}, undoFails: {} },
    isAway: (step) =>
      !calm &&
      plan.faults.some(
        (fault) =>
          fault.kind === 'away' &&
          fault.step === step &&
          schedule.nowMs >= fault.atMs &&
          schedule.nowMs < fault.atMs + fault.ms,
      ),
    events: judge,
  });
  judge.watch(participants);
  const places = plan.processes.map(({ knows }, index): Place => ({
    index,
    life: undefined,
    engine: undefined,
    database: undefined,
    definitions: [],
    stop: new AbortController(),
    stopped: false,
    knows,
    lives: 0,
    reached: new Map(),
  }));
  const placeOf = (life: Life) => places.find((place) => place.life === life);
  /** The fault that is meant for what this process now comes to, if there is one. */
  function strikes<Kind extends AimedFault['kind']>(kind: Kind, life: Life, at: string) {
    const place = placeOf(life);
    if (place === undefined || calm) return undefined;
    const reached = ['anything', at].map((what) => [what, (place.reached.get(`${kind} ${what}`) ?? 0) + 1] as const);
    for (const [what, times] of reached) place.reached.set(`${kind} ${what}`, times);
    return plan.faults.find(
      (fault): fault is Extract<AimedFault, { kind: Kind }> =>
        fault.kind === kind &&
        fault.process === place.index &&
        reached.some(([what, times]) => fault.at === what && fault.nth === times),
    );
  }

  const server = createStoreServer({
    world,
    backend,
    point,
    faultOf: (life, sort) => strikes('statement', life, sort)?.fault,
  });
  const network = createNetwork({
    world,
    participants,
    point,
    faultOf: (life, sort) => strikes('call', life, sort)?.fault,
  });

  /** Where a process may die or freeze. */
  function point(life: Life, what: StatementPoint | CallPoint): void {
    const place = placeOf(life);
    const freeze = strikes('freeze', life, what);
    const crash = strikes('crash', life, what);
    if (place === undefined || life.state !== 'up') return;
    if (crash !== undefined) {
      trace.tell(life.name, [], 'dies');
      end(place);
      restart(place, crash.downMs, crash.renamed);
    } else if (freeze !== undefined) {
      const { ms, stopsClock } = freeze;
      trace.tell(life.name, [], `freezes for ${Math.round(ms)} ms, its clock ${stopsClock ? 'too' : 'goes on'}`);
      life.freeze(freeze);
    }
  }

  function end(place: Place): void {
    const { life } = place;
    if (life === undefined) return;
    life.die();
    server.forget(life);
    place.life = undefined;
    place.engine = undefined;
  }

  function restart(place: Place, ms: number, renamed: boolean): void {
    schedule.after(ms, () => {
      if (!closing && place.life === undefined) begin(place, renamed);
    });
  }

  let begun = 0;
  function begin(place: Place, renamed = true): void {
    if (renamed) place.lives += 1;
    const name = `p${place.index}`;
    const instanceId = `${name}.${place.lives}`;
    const clock = plan.processes[place.index]?.clock ?? { rate: 1, wallOffsetMs: 0 };
    const life = createLife(schedule, {
      name: instanceId,
      clock,
      chance: world.chance(`${instanceId}/${(begun += 1)}`),
    });
    const database = server.connect(life);
    const definitions = shapesOf(place.knows).map((shape) =>
      defineShape({ ...shape, deadlineMs: shape.deadlineMs * plan.haste }, plan.steps, (step, kind, context) =>
        network.call(life, step, kind, context),
      ),
    );
    const engine = createSagaEngine({
      database,
      definitions,
      instanceId,
      tuning: plan.tuning,
      clock: life.clock,
      random: life.chance,
      ...(plan.hooked && { onTransitions: moveSubjects }),
    });
    const stop = new AbortController();
    Object.assign(place, { life, engine, database, definitions, stop, stopped: false } satisfies Partial<Place>);
    trace.tell(instanceId, [], `starts, knowing ${place.knows}`);
    life.deliver(() => {
      engine.run(stop.signal).then(
        () => {
          if (place.life === life) place.stopped = true;
        },
        (error: unknown) => breach('', `the worker of ${instanceId} failed: ${String(error)}`),
      );
    });
  }

  function deploy(place: Place, { knows, downMs }: { readonly knows: Knowledge; readonly downMs: number }): void {
    const { life, stop } = place;
    place.knows = knows;
    if (life === undefined || stop.signal.aborted) return;
    trace.tell(life.name, [], `is told to stop, to know ${knows} from then on`);
    life.deliver(() => stop.abort());
    // Whoever replaces it does not wait for ever for one that is frozen.
    const wait = (left: number): void => {
      if (place.life !== life) return;
      if (!place.stopped && left > 0) return void schedule.after(50, () => wait(left - 1));
      trace.tell(life.name, [], 'has stopped');
      end(place);
      restart(place, downMs, true);
    };
    schedule.after(5, () => wait(100));
  }

  /** Somebody asks for a saga until it is known to be there. */
  function order(asked: SagaOrder): void {
    const up = places.filter(({ life, stop }) => life?.state === 'up' && !stop.signal.aborted);
    const again = (ms: number) => schedule.after(ms, () => (judge.isAcknowledged(asked.id) ? undefined : order(asked)));
    const place = up.length === 0 ? undefined : client.pick(up);
    const { life, engine, database } = place ?? {};
    if (closing) return;
    if (place === undefined || life === undefined || engine === undefined || database === undefined) return again(100);
    const definition = place.definitions.filter(({ name }) => name === asked.shape).at(-1);
    if (definition === undefined) throw new Error(`nobody knows ${asked.shape}`);
    const { id, request } = asked;
    const start = { id, input: request, correlationKey: world.nameOf(id) };
    const begin = plan.hooked
      ? async () => {
          const started = await database.transaction(async (tx) => {
            await tx.execute(START_SUBJECT, [id]);
            return engine.start(tx, definition, start);
          });
          started.begin();
        }
      : () => engine.startNow(definition, start);
    life.deliver(() => {
      begin().then(
        () => judge.acknowledge(id),
        (error: unknown) => (isTaken(error) ? judge.acknowledge(id) : undefined),
      );
    });
    again(1_500);
  }
  const client = world.chance('client');

  function command({ saga, command: asked }: Extract<Fault, { kind: 'command' }>): void {
    const up = places.filter(({ life }) => life?.state === 'up');
    const sagaId = plan.sagas[saga]?.id;
    if (up.length === 0 || sagaId === undefined) return;
    const { life, engine, database } = client.pick(up);
    if (life === undefined || engine === undefined || database === undefined) return;
    trace.tell(
      'operator',
      [world.nameOf(sagaId)],
      `asks ${life.name} to ${asked.kind}${asked.kind === 'skip' ? ` ${asked.step}` : ''}`,
    );
    life.deliver(() => {
      database
        .transaction((tx) => engine.operator.command(tx, sagaId, asked, { actor: 'operator', note: 'by plan' }))
        .then(
          () => engine.wake(),
          (error: unknown) => {
            if (!(error instanceof AppError)) breach(sagaId, `the command ${asked.kind} failed: ${String(error)}`);
          },
        );
    });
  }

  const rowOf = (id: string) => store.rows.get(sagaKey(id)) as SagaModelRow | undefined;
  const stateOf = (id: string) => rowOf(id)?.state;
  const hasEnded = (id: string) => stateOf(id) === 'COMPLETED' || stateOf(id) === 'COMPENSATED';
  const allEnded = () => plan.sagas.every(({ id }) => hasEnded(id) && judge.isAcknowledged(id));

  /** What was skipped is seen to by hand. */
  let looked = 0;
  function seeToSkipped(): void {
    for (const row of store.appended.slice(looked) as unknown as readonly HistoryModelRow[]) {
      for (const { kind, direction, step } of row.entries) {
        if (kind === 'STEP_SKIPPED') byHand(row.saga_id, step ?? '', direction === 'FORWARD' ? 'do' : 'undo');
      }
    }
    looked = store.appended.length;
    if (!closing) schedule.after(100, seeToSkipped);
  }

  function byHand(sagaId: string, name: string, kind: 'do' | 'undo'): void {
    judge.excuse(sagaId, name);
    const row = rowOf(sagaId);
    const shape = SHAPES.find((one) => one.name === row?.name && one.version === row.version);
    const step = shape?.stages.flat().find((one) => one.name === name);
    const asked = orders.get(sagaId);
    if (step === undefined || asked === undefined) return;
    trace.tell('operator', [world.nameOf(sagaId)], `does ${kind} ${name} by hand`);
    try {
      participants.carryOut({ sagaId, step, kind, key: `${sagaId}/${name}`, request: asked.request });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // A participant that is not there is asked again, as is one whose shelf is empty until another order gives back what it holds; any
      // other no is a no to the operator as well.
      const isPassing = error.status === 'UNAVAILABLE' || error.reason === 'OUT_OF_STOCK';
      if (isPassing) schedule.after(100, () => byHand(sagaId, name, kind));
    }
  }

  /** Parked sagas are resumed once the world is calm. */
  function resumeParked(): void {
    if (closing) return;
    for (const [saga, { id }] of plan.sagas.entries()) {
      if (stateOf(id) === 'PARKED') command({ kind: 'command', atMs: 0, saga, command: { kind: 'resume' } });
    }
    schedule.after(400, resumeParked);
  }

  for (const place of places) begin(place);
  for (const asked of plan.sagas) schedule.after(asked.atMs, () => order(asked));
  for (const fault of plan.faults) {
    if (fault.kind === 'outage') schedule.after(fault.atMs, () => (calm ? undefined : server.crash(fault.ms)));
    if (fault.kind === 'command') schedule.after(fault.atMs, () => (calm ? undefined : command(fault)));
    if (fault.kind === 'deploy') {
      schedule.after(fault.atMs, () => {
        const place = places[fault.process];
        if (!calm && place !== undefined) deploy(place, fault);
      });
    }
  }
  seeToSkipped();
  await schedule.run({ endMs: CALM_MS, until: allEnded });

  calm = true;
  const calmAtMs = schedule.nowMs;
  trace.tell('world', [], 'is calm');
  const [first] = places;
  if (first !== undefined && first.knows !== 'all') {
    if (first.life === undefined) first.knows = 'all';
    else deploy(first, { knows: 'all', downMs: 10 });
  }
  resumeParked();
  await schedule.run({ endMs: calmAtMs + LIVENESS_MS, until: allEnded });
  const settledMs = schedule.nowMs - calmAtMs;

  closing = true;
  for (const { life, stop } of places) life?.deliver(() => stop.abort());
  await schedule.run({ endMs: schedule.nowMs + LAST_STRAGGLER_MS });
  for (const found of findBreaches({ plan, store, participants, judge })) breach(found.sagaId, found.text);
  for (const { life, stopped, engine } of places) {
    if (life !== undefined && !stopped) breach('', `${life.name} does not stop: ${engine?.size} sagas in hand`);
  }

  const count = (state: string) => plan.sagas.filter(({ id }) => stateOf(id) === state).length;
  const [completed, compensated] = [count('COMPLETED'), count('COMPENSATED')];
  return {
    breaches,
    hash: trace.hash,
    events: trace.events,
    sagas: { COMPLETED: completed, COMPENSATED: compensated, other: plan.sagas.length - completed - compensated },
    settledMs,
  };
}

/** A saga of that id is there already: an earlier try came through. */
function isTaken(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === '23505';
}
