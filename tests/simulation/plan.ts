import type { SagaCommand, SagaWorkerTuning } from '../../src/chassis/saga/index.ts';
import { createChance, type Chance } from './chance.ts';
import { SHAPES, type SagaPlan, type StepTuning } from './definitions.ts';
import type { CallFault, CallPoint } from './network.ts';
import type { SagaRequest, Temper } from './participants.ts';
import type { ClockFault, Freeze } from './process.ts';
import type { StatementFault, StatementPoint, StatementSort } from './store-server.ts';
import type { Latencies } from './world.ts';

/** A saga that somebody asks for. */
export interface SagaOrder {
  readonly id: string;
  /** The name of its shape; the version is the newest that the process knows. */
  readonly shape: string;
  readonly atMs: number;
  readonly request: SagaRequest;
  readonly temper: Temper;
}

/** Where a fault strikes: when a process has come so often to something, or to anything. */
interface Aim<What extends string> {
  readonly process: number;
  readonly at: What | 'anything';
  readonly nth: number;
}

/** One thing that goes wrong, or that somebody does. */
export type Fault =
  | ({ readonly kind: 'crash'; readonly downMs: number; readonly renamed: boolean } & Aim<StatementPoint | CallPoint>)
  | ({ readonly kind: 'freeze' } & Freeze & Aim<StatementPoint | CallPoint>)
  | ({ readonly kind: 'statement'; readonly fault: StatementFault } & Aim<StatementSort>)
  | ({ readonly kind: 'call'; readonly fault: CallFault } & Aim<'do' | 'undo'>)
  | { readonly kind: 'outage'; readonly atMs: number; readonly ms: number }
  /** The participants of a step answer that they are unavailable. */
  | { readonly kind: 'away'; readonly step: string; readonly atMs: number; readonly ms: number }
  | {
      readonly kind: 'deploy';
      readonly process: number;
      readonly atMs: number;
      readonly downMs: number;
      readonly knows: Knowledge;
    }
  | { readonly kind: 'command'; readonly atMs: number; readonly saga: number; readonly command: SagaCommand };

/** Which definitions a process was built with. */
export type Knowledge = 'old' | 'new' | 'all';

/** Everything about a run that is not left to its own chances. */
export interface Plan {
  readonly seed: number;
  readonly processes: readonly { readonly clock: ClockFault; readonly knows: Knowledge }[];
  readonly tuning: SagaWorkerTuning;
  readonly steps: StepTuning;
  /** What the deadlines of all sagas are multiplied with. */
  readonly haste: number;
  readonly latencies: Latencies;
  /** Each transition moves the row that its saga is about in its own transaction. */
  readonly hooked: boolean;
  readonly stock: Readonly<Record<string, number>>;
  readonly sagas: readonly SagaOrder[];
  readonly faults: readonly Fault[];
}

/** When the last fault may strike, in milliseconds. */
export const CALM_MS = 12_000;

/** The definitions of a knowledge. */
export function shapesOf(knows: Knowledge): readonly SagaPlan[] {
  return SHAPES.filter(
    ({ name, version }) => knows === 'all' || name !== 'checkout' || version === (knows === 'old' ? 1 : 2),
  );
}

/** The plan of a seed. */
export function planOf(seed: number): Plan {
  const chance = createChance(seed, 'plan');
  const processes = Array.from({ length: chance.pick([1, 2, 2, 3, 3]) }, () => ({
    clock: chance.happens(0.2)
      ? { rate: chance.between(0.85, 1.1), wallOffsetMs: chance.between(-60_000, 60_000) }
      : { rate: 1, wallOffsetMs: 0 },
    knows: chance.pick<Knowledge>(['all', 'all', 'all', 'old']),
  }));
  const sagas = Array.from({ length: chance.whole(1, 4) }, (_, at) => sagaOrder(chance, at));
  return {
    seed,
    processes,
    tuning: {
      maxConcurrency: chance.pick([1, 2, 16, 16]),
      leaseMs: chance.pick([800, 1_500, 3_000]),
      pollMs: chance.pick([300, 600, 1_200]),
      drainMs: chance.pick([100, 1_000]),
    },
    steps: {
      timeoutMs: chance.pick([150, 600, 2_500]),
      maxAttempts: chance.pick([2, 3, 5]),
      undoAttempts: chance.pick([2, 4, 8]),
    },
    haste: chance.pick([1, 1, 0.2, 0.05]),
    latencies: {
      hopMs: chance.pick([0.5, 2, 2, 8, 30]),
      slow: chance.pick([0, 0.02, 0.1]),
      slowMs: chance.pick([30, 200, 2_000]),
    },
    hooked: chance.happens(0.4),
    stock: { lamp: chance.whole(2, 6), chair: chance.whole(1, 4) },
    sagas,
    faults: faultsOf(chance, { processes: processes.length, sagas: sagas.length }),
  };
}

function sagaOrder(chance: Chance, at: number): SagaOrder {
  const shape = chance.pick(['checkout', 'checkout', 'rush', 'trip', 'recall', 'pick']);
  const names = [...new Set(SHAPES.filter(({ name }) => name === shape).flatMap(({ stages }) => stages.flat()))];
  const refusable = names.filter(({ kind }) => kind !== 'retriable').map(({ name }) => name);
  const undoable = names.filter(({ kind }) => kind === 'compensatable').map(({ name }) => name);
  const fails: Record<string, number> = {};
  const undoFails: Record<string, number> = {};
  const wavers: Record<string, number> = {};
  if (undoable.length > 0 && chance.happens(0.3)) wavers[chance.pick(undoable)] = chance.whole(1, 2);
  if (chance.happens(0.4)) fails[chance.pick(names).name] = chance.whole(1, 4);
  if (undoable.length > 0 && chance.happens(0.2)) undoFails[chance.pick(undoable)] = chance.whole(1, 6);
  return {
    id: `00000000-0000-7000-8000-00000000000${at.toString(16)}`,
    shape,
    atMs: chance.between(0, 2_000),
    request: { product: chance.pick(['lamp', 'chair']), units: chance.whole(1, 2) },
    temper: { wavers, refuses: chance.happens(0.35) ? [chance.pick(refusable)] : [], fails, undoFails },
  };
}

function faultsOf(chance: Chance, sizes: { readonly processes: number; readonly sagas: number }): readonly Fault[] {
  const process = () => chance.whole(0, sizes.processes - 1);
  const atMs = () => chance.between(0, chance.pick([300, 3_000, 9_000]));
  /** Half of them aim at what is rare, the others at whatever comes. */
  const aim = <What extends string>(rare: readonly What[]): Aim<What> =>
    chance.happens(0.6)
      ? { process: process(), at: chance.pick(rare), nth: chance.pick([1, 1, 2, 3, 5]) }
      : { process: process(), at: 'anything', nth: chance.whole(1, chance.pick([20, 60, 200])) };
  const kinds: readonly (readonly [probability: number, most: number, make: () => Fault])[] = [
    [0.5, 3, () => ({ kind: 'crash', ...aim(POINTS), downMs: chance.between(1, chance.pick([50, 5_000])), renamed: chance.happens(0.5) })],
    [0.5, 3, () => ({ kind: 'freeze', ...aim(POINTS), ms: chance.between(10, chance.pick([1_000, 8_000])), stopsClock: chance.happens(0.5) })],
    [0.6, 5, () => ({ kind: 'statement', ...aim(SORTS), fault: chance.pick(STATEMENT_FAULTS) })],
    [0.6, 5, () => ({ kind: 'call', ...aim(['do', 'undo']), fault: chance.pick(CALL_FAULTS) })],
    [0.15, 2, () => ({ kind: 'outage', atMs: atMs(), ms: chance.between(5, chance.pick([200, 4_000])) })],
    [0.3, 3, () => ({ kind: 'away', step: chance.pick(STEPS).name, atMs: atMs(), ms: chance.between(50, chance.pick([500, 6_000])) })],
    [0.2, 2, () => ({ kind: 'deploy', process: process(), atMs: atMs(), downMs: chance.between(1, 1_500), knows: chance.pick<Knowledge>(['all', 'new', 'old']) })],
    [0.3, 4, () => ({ kind: 'command', atMs: atMs(), saga: chance.whole(0, sizes.sagas - 1), command: command(chance) })],
  ]; // prettier-ignore
  const single = kinds.flatMap(([probability, most, make]) =>
    chance.happens(probability) ? Array.from({ length: chance.whole(1, most) }, make) : [],
  );
  return chance.happens(0.5) ? [...single, ...couple(chance, process())] : single;
}

/** What is worst together: a write that does not come through, and its process gone just after what it should have told of. */
function couple(chance: Chance, process: number): readonly Fault[] {
  const back = chance.happens(0.5);
  const kind = back ? 'undo' : 'do';
  const stages = ['asked', 'done', 'learned'] as const;
  const at = { process, at: `${kind} ${chance.pick(stages)}`, nth: chance.whole(1, back ? 3 : 8) } as const;
  return [
    {
      kind: 'statement',
      process,
      at: back ? 'turn back' : 'go on',
      nth: chance.whole(1, 2),
      fault: chance.pick(['request lost', 'late', 'slow commit', 'rolled back']),
    },
    chance.happens(0.5)
      ? { kind: 'crash', ...at, downMs: chance.between(1, 4_000), renamed: chance.happens(0.5) }
      : { kind: 'freeze', ...at, ms: chance.between(500, 6_000), stopsClock: chance.happens(0.5) },
  ];
}

const STEPS = SHAPES.flatMap(({ stages }) => stages.flat());
const SORTS: readonly StatementSort[] = [
  'claim',
  'extend',
  'start',
  'go on',
  'turn back',
  'turn back',
  'end',
  'commit',
];
const POINTS: readonly (StatementPoint | CallPoint)[] = [
  ...SORTS.flatMap((sort) => [`${sort} sent`, `${sort} done`, `${sort} committed`, `${sort} learned`] as const),
  ...(['do asked', 'do done', 'do learned', 'undo asked', 'undo done', 'undo learned'] as const),
  ...(['undo asked', 'undo done', 'undo learned'] as const),
];
const STATEMENT_FAULTS: readonly StatementFault[] = [
  'request lost',
  'reply lost',
  'reply lost',
  'late',
  'slow commit',
  'rolled back',
];
const CALL_FAULTS: readonly CallFault[] = [
  'request lost',
  'reply lost',
  'late',
  'late',
  'twice',
  'slow',
  'unavailable',
];

function command(chance: Chance): SagaCommand {
  const kind = chance.pick(['retry', 'skip', 'compensate', 'compensate', 'park', 'resume'] as const);
  const failure = { status: 'CANCELLED', reason: 'OPERATOR', message: 'as an operator wished' } as const;
  if (kind === 'skip') return { kind, step: chance.pick(STEPS).name };
  return kind === 'compensate' || kind === 'park' ? { kind, failure } : { kind };
}
