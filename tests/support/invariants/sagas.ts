import { groupBy } from './group.ts';
import type { Breach, World, WorldSaga, WorldSagaEntry } from './world.ts';

/** What the part of I5 that is about sagas looks at. */
export type SagaWorld = Pick<World, 'sagas' | 'sagaEntries'>;

/**
 * I5 for sagas, a saga's log tells what its row says: it starts once, ends at most once and with what the row says, each
 * step is done and undone at most once, and what was done, or may have been, is undone in reverse when the saga is
 * compensated.
 */
export function sagaBreaches({ sagas, sagaEntries }: SagaWorld): readonly Breach[] {
  const entriesOf = groupBy(sagaEntries, ({ sagaId }) => sagaId);
  return sagas.flatMap((saga) => {
    const entries = entriesOf.get(saga.id) ?? [];
    const found = [...endBreaches(saga, entries), ...onceBreaches(entries)];
    if (saga.state === 'COMPENSATED') found.push(...undoneBreaches(entries), ...reverseBreaches(entries));
    return found.map((breach) => `I5: saga ${saga.id} (${saga.name} of ${saga.orderId}) ${breach}`);
  });
}

function endBreaches({ state }: WorldSaga, entries: readonly WorldSagaEntry[]): readonly string[] {
  const found: string[] = [];
  const started = entries.filter(({ kind }) => kind === 'STARTED').length;
  if (started !== 1) found.push(`was started ${started} times`);
  const turned = entries.filter(({ kind }) => kind === 'COMPENSATION_STARTED').length;
  if (turned > 1) found.push(`turned back ${turned} times`);
  const ends = entries.filter(({ kind }) => kind === 'FINISHED');
  const hasEnded = state === 'COMPLETED' || state === 'COMPENSATED';
  if (ends.length !== (hasEnded ? 1 : 0)) found.push(`is ${state} and finished ${ends.length} times`);
  const [end] = ends;
  if (end === undefined || !hasEnded) return found;
  const direction = state === 'COMPLETED' ? 'FORWARD' : 'BACKWARD';
  if (end.direction !== direction) found.push(`is ${state} and finished ${end.direction}`);
  const last = entries.at(-1);
  if (last !== end) found.push(`went on after its end with ${last?.kind ?? 'nothing'}`);
  return found;
}

function onceBreaches(entries: readonly WorldSagaEntry[]): readonly string[] {
  const succeeded = entries.filter(({ kind }) => kind === 'ATTEMPT_SUCCEEDED');
  return [...groupBy(succeeded, ({ step, direction }) => `${direction} ${step ?? ''}`)]
    .filter(([, times]) => times.length > 1)
    .map(([name, times]) => `succeeded ${times.length} times at ${name}`);
}

/** What was done, and what may have been: all but a step whose last word is a refusal. */
function undoneBreaches(entries: readonly WorldSagaEntry[]): readonly string[] {
  const undone = new Set(undoneSteps(entries).map(({ step }) => step));
  return [...forwardSteps(entries)].flatMap(([step, own]) => {
    const last = own.at(-1)?.kind ?? 'nothing';
    return last !== 'ATTEMPT_REFUSED' && !undone.has(step)
      ? [`is COMPENSATED, its step ${step} was never undone (${last})`]
      : [];
  });
}

/** Of two steps of which one was over before the other began, the later one is undone first. */
function reverseBreaches(entries: readonly WorldSagaEntry[]): readonly string[] {
  const forward = forwardSteps(entries);
  const undone = undoneSteps(entries).map(({ step = '', position }) => ({
    step,
    position,
    began: forward.get(step)?.[0]?.position ?? Number.POSITIVE_INFINITY,
    ended: forward.get(step)?.at(-1)?.position ?? Number.POSITIVE_INFINITY,
  }));
  return undone.flatMap((earlier) =>
    undone
      .filter((later) => earlier.ended < later.began && earlier.position < later.position)
      .map((later) => `undid ${earlier.step} before ${later.step}, which was done after it`),
  );
}

function forwardSteps(entries: readonly WorldSagaEntry[]): ReadonlyMap<string, readonly WorldSagaEntry[]> {
  const attempts = entries.filter(({ kind, direction }) => kind.startsWith('ATTEMPT_') && direction === 'FORWARD');
  return groupBy(attempts, ({ step }) => step ?? '');
}

/** By an attempt, or by an operator who says that there is nothing to undo. */
function undoneSteps(entries: readonly WorldSagaEntry[]): readonly WorldSagaEntry[] {
  return entries.filter(
    ({ kind, direction }) => direction === 'BACKWARD' && (kind === 'ATTEMPT_SUCCEEDED' || kind === 'STEP_SKIPPED'),
  );
}
