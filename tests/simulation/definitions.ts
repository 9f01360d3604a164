import { defineSaga, type SagaDefinition, type StepContext, type StepKind } from '../../src/chassis/saga/index.ts';
import type { SagaRequest } from './participants.ts';

/** What a step does in the world. */
export interface StepPlan {
  readonly name: string;
  readonly kind: StepKind;
  /** 'sell' needs the reservation to stand, 'capture' the authorization; a 'thing' is only there or not. */
  readonly role: 'reserve' | 'sell' | 'authorize' | 'capture' | 'thing';
}

/** A saga's shape: stages in their order, each of one step or of several at once. */
export interface SagaPlan {
  readonly name: string;
  readonly version: number;
  readonly deadlineMs: number;
  readonly stages: readonly (readonly StepPlan[])[];
}

const undoable = (name: string, role: StepPlan['role'] = 'thing'): StepPlan => ({ name, kind: 'compensatable', role });
const decisive = (name: string, role: StepPlan['role'] = 'thing'): StepPlan => ({ name, kind: 'pivot', role });
const sure = (name: string, role: StepPlan['role'] = 'thing'): StepPlan => ({ name, kind: 'retriable', role });

const RESERVE = undoable('reserve', 'reserve');
const AUTHORIZE = undoable('authorize', 'authorize');
const CAPTURE = decisive('capture', 'capture');
const SELL = sure('sell', 'sell');

/** Every shape there is: with a pivot behind, in front or nowhere, in single file and in groups, and two versions of one name. */
export const SHAPES: readonly SagaPlan[] = [
  {
    name: 'checkout',
    version: 1,
    deadlineMs: 20_000,
    stages: [[RESERVE], [AUTHORIZE], [undoable('ship')], [CAPTURE], [SELL], [sure('notify')], [sure('award')]],
  },
  {
    name: 'checkout',
    version: 2,
    deadlineMs: 20_000,
    stages: [[undoable('screen')], [AUTHORIZE], [RESERVE], [undoable('ship')], [CAPTURE], [SELL, sure('notify')]],
  },
  {
    name: 'rush',
    version: 1,
    deadlineMs: 6_000,
    stages: [
      [RESERVE, AUTHORIZE, undoable('ship')],
      [undoable('label')],
      [CAPTURE],
      [SELL, sure('notify'), sure('award')],
    ],
  },
  {
    name: 'trip',
    version: 1,
    deadlineMs: 15_000,
    stages: [[undoable('hotel')], [undoable('car'), undoable('flight')], [undoable('insure')]],
  },
  {
    name: 'recall',
    version: 1,
    deadlineMs: 10_000,
    stages: [[decisive('call-off')], [sure('pay-back')], [sure('restock'), sure('tell')]],
  },
  {
    name: 'pick',
    version: 1,
    deadlineMs: 8_000,
    stages: [[RESERVE], [undoable('pack')], [SELL], [sure('tell')]],
  },
];

/** How patient the steps are. */
export interface StepTuning {
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  readonly undoAttempts: number;
}

/** A step as a process carries it out. */
export type CallParticipant = (
  step: StepPlan,
  kind: 'do' | 'undo',
  context: StepContext<SagaRequest, object>,
) => Promise<unknown>;

/** A shape as the engine takes it, whose steps call the participants through one process. */
export function defineShape(plan: SagaPlan, tuning: StepTuning, call: CallParticipant): SagaDefinition<SagaRequest> {
  const { name, version, deadlineMs } = plan;
  const { timeoutMs, maxAttempts, undoAttempts } = tuning;
  const step = (one: StepPlan) => ({
    name: one.name,
    kind: one.kind,
    timeoutMs,
    retry: { baseMs: 30, maxMs: 1_000, maxAttempts },
    run: (context: StepContext<SagaRequest, object>) => call(one, 'do', context),
    ...(one.kind === 'compensatable' && {
      compensationRetry: { baseMs: 30, maxMs: 1_000, maxAttempts: undoAttempts },
      compensate: async (context: StepContext<SagaRequest, object>) => void (await call(one, 'undo', context)),
    }),
  });
  const steps = plan.stages.map((stage) => {
    const [first, ...others] = stage.map(step);
    return first !== undefined && others.length === 0 ? first : { parallel: stage.map(step) };
  });
  return defineSaga<SagaRequest, object>({ name, version, deadlineMs, steps });
}
