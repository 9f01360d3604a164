import type { SagaDefinition, Step } from './definition.ts';
import type { LiveState } from './state.ts';

/** One step, with its place. */
export interface PlacedStep {
  readonly index: number;
  readonly step: Step;
}

/** The steps of the stage that begins at `first`, in their order; more than one in a parallel group. */
export function stageAt(definition: SagaDefinition, first: number): readonly PlacedStep[] {
  const stage = definition.steps.flatMap((step, index) => (step.stage === first ? [{ index, step }] : []));
  if (stage.length === 0) throw new Error(`saga ${definition.name} has no stage at step ${first}`);
  return stage;
}

/** The steps that a live saga still has to do, or to undo, in its present stage. */
export function pendingSteps(definition: SagaDefinition, state: LiveState): readonly PlacedStep[] {
  return stageAt(definition, state.step).filter(({ index }) => !state.done.includes(index));
}

/** What speaks for the stage where one step has to be named: its first that is not done. */
export function stepAt(definition: SagaDefinition, state: LiveState): Step {
  const [first] = pendingSteps(definition, state);
  if (first === undefined) throw new Error(`nothing is left to do at step ${state.step} of saga ${definition.name}`);
  return first.step;
}

/** Where the stage before `first` begins; undefined before the first. */
export function stageBefore(definition: SagaDefinition, first: number): number | undefined {
  return definition.steps[first - 1]?.stage;
}

/** Where the stage after the one at `first` begins; undefined after the last. */
export function stageAfter(definition: SagaDefinition, first: number): number | undefined {
  return definition.steps.find(({ stage }) => stage > first)?.stage;
}
