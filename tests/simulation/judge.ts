import { isPastPivotStage, shapeOfRow, stageIndexOf } from './shapes.ts';
import type { ParticipantCall, ParticipantEvents, Participants } from './participants.ts';
import type { StoreLog } from './store-model.ts';
import { sagaKey, type HistoryModelRow, type SagaModelRow } from './store-statements.ts';

/** Judges what happens while it happens, and keeps what the last judgement needs to know. */
export interface Judge extends ParticipantEvents {
  watch(participants: Participants): void;
  /** Whoever asked for the saga was told that it is there. */
  acknowledge(sagaId: string): void;
  isAcknowledged(sagaId: string): boolean;
  /** An operator has seen to the step by hand: it may be there or not. */
  excuse(sagaId: string, step: string): void;
  isExcused(sagaId: string, step?: string): boolean;
}

/** A judge who has seen nothing yet. */
export function createJudge(options: { readonly store: StoreLog; breach(sagaId: string, text: string): void }): Judge {
  const { store, breach } = options;
  const acknowledged = new Set<string>();
  const excused = new Map<string, Set<string>>();
  let participants: Participants | undefined;

  const shapeOf = (sagaId: string) => shapeOfRow(store.rows.get(sagaKey(sagaId)) as SagaModelRow | undefined);
  const wasSkipped = (sagaId: string, step?: string) =>
    store.appended.some(
      (row) =>
        row['saga_id'] === sagaId &&
        (row['entries'] as HistoryModelRow['entries']).some(
          (entry) => entry.kind === 'STEP_SKIPPED' && (step === undefined || entry.step === step),
        ),
    );
  const isExcused = (sagaId: string, step?: string) =>
    step === undefined
      ? excused.has(sagaId) || wasSkipped(sagaId)
      : excused.get(sagaId)?.has(step) === true || wasSkipped(sagaId, step);
  const standing = (sagaId: string) =>
    new Set([...(participants?.effects(sagaId) ?? [])].flatMap(([name, { stands }]) => (stands ? [name] : [])));

  return {
    watch(seen) {
      participants = seen;
    },
    acknowledge: (sagaId) => void acknowledged.add(sagaId),
    isAcknowledged: (sagaId) => acknowledged.has(sagaId),
    excuse(sagaId, step) {
      excused.set(sagaId, (excused.get(sagaId) ?? new Set()).add(step));
    },
    isExcused,

    applied({ sagaId, step }: ParticipantCall) {
      const shape = shapeOf(sagaId);
      if (shape === undefined || step.kind === 'compensatable') return;
      const there = standing(sagaId);
      const missing = shape.stages
        .flat()
        .filter(({ kind, name }) => kind === 'compensatable' && !there.has(name) && !isExcused(sagaId, name));
      for (const { name } of missing) breach(sagaId, `${step.name} was done while ${name} was not, or not any more`);
    },

    undoing({ sagaId, step }: ParticipantCall) {
      const shape = shapeOf(sagaId);
      if (shape === undefined || isExcused(sagaId)) return;
      const there = standing(sagaId);
      const at = stageIndexOf(shape, step.name);
      for (const later of shape.stages.flat().filter(({ name }) => there.has(name) && stageIndexOf(shape, name) > at)) {
        const why = isPastPivotStage(later) ? 'cannot be undone' : 'is not undone yet';
        breach(sagaId, `${step.name} was undone while ${later.name}, which ${why}, was done`);
      }
    },
  };
}
