import { SHAPES, type SagaPlan, type StepPlan } from './definitions.ts';
import type { SagaModelRow } from './store-statements.ts';

/** The shape that a saga was started with. */
export function shapeOfRow(row: Pick<SagaModelRow, 'name' | 'version'> | undefined): SagaPlan | undefined {
  return SHAPES.find(({ name, version }) => name === row?.name && version === row.version);
}

/** Which stage a step belongs to, from 0. */
export function stageIndexOf(shape: SagaPlan, step: string): number {
  return shape.stages.findIndex((stage) => stage.some(({ name }) => name === step));
}

/** True for the pivot and what follows it. */
export function isPastPivotStage({ kind }: StepPlan): boolean {
  return kind !== 'compensatable';
}
