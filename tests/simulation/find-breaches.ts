import type { Judge } from './judge.ts';
import type { Participants } from './participants.ts';
import type { Plan } from './plan.ts';
import { shapeOfRow } from './shapes.ts';
import type { CommittedVersion, StoreLog } from './store-model.ts';
import { sagaKey, subjectKey, type HistoryModelRow, type SagaModelRow } from './store-statements.ts';

/** A promise that does not hold once all is quiet. */
interface FoundBreach {
  readonly sagaId: string;
  readonly text: string;
}

/** What there is to judge. */
interface Evidence {
  readonly plan: Plan;
  readonly store: StoreLog;
  readonly participants: Participants;
  readonly judge: Judge;
}

/** Holds the end of a run, and the whole course of its log, against what the engine promises. */
export function findBreaches(evidence: Evidence): readonly FoundBreach[] {
  const { plan } = evidence;
  return [...plan.sagas.flatMap(({ id }) => sagaBreaches(id, evidence)), ...stockBreaches(evidence)];
}

function sagaBreaches(id: string, evidence: Evidence): readonly FoundBreach[] {
  const { store, judge } = evidence;
  const row = store.rows.get(sagaKey(id)) as SagaModelRow | undefined;
  if (row === undefined) {
    return [
      { sagaId: id, text: judge.isAcknowledged(id) ? 'was acknowledged and does not exist' : 'was never started' },
    ];
  }
  const texts = [
    ...endBreaches(row),
    ...effectBreaches(row, evidence),
    ...historyBreaches(row, store),
    ...courseBreaches(id, store),
    ...(evidence.plan.hooked ? subjectBreaches(row, store) : []),
  ];
  return texts.map((text) => ({ sagaId: id, text }));
}

function endBreaches({ state, step, due_time, claim_owner }: SagaModelRow): readonly string[] {
  if (state === 'COMPLETED' || state === 'COMPENSATED') return [];
  return [`has not ended: ${state} at step ${step}, due at ${due_time.toFixed(0)}, held by ${claim_owner ?? 'nobody'}`];
}

/** Every effect once and none undone, or none left. */
function effectBreaches(row: SagaModelRow, { participants, judge }: Evidence): readonly string[] {
  const shape = shapeOfRow(row);
  if (shape === undefined) return [`has no known shape: ${row.name} ${row.version}`];
  const effects = participants.effects(row.id);
  return shape.stages.flat().flatMap(({ name, kind }) => {
    const { applied, undone, stands } = effects.get(name) ?? { applied: 0, undone: 0, stands: false };
    const found: string[] = [];
    if (applied > 1) found.push(`${name} was done ${applied} times`);
    if (judge.isExcused(row.id, name)) return found;
    if (row.state === 'COMPLETED' && (!stands || undone > 0)) {
      found.push(`is COMPLETED, and ${name} was done ${applied} times and undone ${undone} times`);
    }
    if (row.state === 'COMPENSATED' && stands) {
      found.push(`is COMPENSATED, and ${name} is still done`);
    }
    if (row.state === 'COMPENSATED' && kind !== 'compensatable' && applied > 0) {
      found.push(`is COMPENSATED, and ${name}, which cannot be undone, was done`);
    }
    return found;
  });
}

/** The history tells one story, and the one that the row tells. */
function historyBreaches(row: SagaModelRow, store: StoreLog): readonly string[] {
  const rows = (store.appended as readonly HistoryModelRow[]).filter(({ saga_id }) => saga_id === row.id);
  const found: string[] = [];
  if (rows.some(({ position }, at) => at > 0 && position <= (rows[at - 1]?.position ?? 0n))) {
    found.push('has a history whose positions do not rise with its commits');
  }
  const entries = rows.flatMap((one) => one.entries);
  const finished = entries.filter(({ kind }) => kind === 'FINISHED');
  const [last] = entries.slice(-1);
  if (entries[0]?.kind !== 'STARTED') found.push('has a history that does not begin with STARTED');
  if (entries.filter(({ kind }) => kind === 'STARTED').length !== 1) found.push('was started more than once');
  if (row.state === 'COMPLETED' || row.state === 'COMPENSATED') {
    const direction = row.state === 'COMPLETED' ? 'FORWARD' : 'BACKWARD';
    if (finished.length !== 1) found.push(`has ${finished.length} ends in its history`);
    if (last?.kind !== 'FINISHED' || last.direction !== direction)
      found.push(`ended ${row.state}, and its history with ${last?.kind} ${last?.direction}`);
  } else if (finished.length > 0) {
    found.push(`is ${row.state}, and its history has an end`);
  }
  const turned = entries.findIndex(({ kind }) => kind === 'COMPENSATION_STARTED');
  if (
    turned >= 0 &&
    entries.slice(turned + 1).some(({ kind, direction }) => kind.startsWith('ATTEMPT') && direction === 'FORWARD')
  ) {
    found.push('went forward again after it had turned back');
  }
  return found;
}

/** Every version followed from the one before it, by whoever was entitled to it. */
function courseBreaches(id: string, store: StoreLog): readonly string[] {
  return store.versions.filter(({ key }) => key === sagaKey(id)).flatMap((version) => versionBreaches(version));
}

function versionBreaches({ row, before, statement, atMs }: CommittedVersion): readonly string[] {
  if (before === undefined) return [];
  const next = row as SagaModelRow;
  const last = before as SagaModelRow;
  const found: string[] = [];
  const at = `at ${atMs.toFixed(1)}`;
  if (last.state === 'COMPLETED' || last.state === 'COMPENSATED') {
    found.push(`was ${last.state} and was changed by ${statement} ${at}`);
  }
  const raises = statement !== 'extend-claims' && statement !== 'expire-claims';
  if (next.revision !== last.revision + (raises ? 1 : 0)) {
    found.push(`went from revision ${last.revision} to ${next.revision} by ${statement} ${at}`);
  }
  if (next.claim_token < last.claim_token) found.push(`went back to token ${next.claim_token} ${at}`);
  if (last.state === 'COMPENSATING' && next.state === 'RUNNING') found.push(`turned forward again ${at}`);
  const { writer } = next;
  if (writer !== null && (writer.claimToken !== last.claim_token || (raises && writer.revision !== last.revision))) {
    found.push(
      `took a stale ${statement} ${at}: of token ${writer.claimToken} and revision ${writer.revision}, when it stood at ${last.claim_token} and ${last.revision}`,
    );
  }
  if (statement === 'extend-claims' && writer?.owner !== last.claim_owner) {
    found.push(`had the claim of ${last.claim_owner ?? 'nobody'} extended by ${writer?.owner ?? 'nobody'} ${at}`);
  }
  return found;
}

/** What the saga is about moved with each of its transitions, once. */
function subjectBreaches(row: SagaModelRow, store: StoreLog): readonly string[] {
  const subject = store.rows.get(subjectKey(row.id));
  if (subject === undefined) return ['is about a row that does not exist'];
  const found: string[] = [];
  if (subject['state'] !== row.state) found.push(`is ${row.state}, and what it is about ${String(subject['state'])}`);
  const recorded = store.versions.flatMap(({ key, statement, row: version }) =>
    key === sagaKey(row.id) && statement === 'record-transitions' ? [version['revision']] : [],
  );
  if (JSON.stringify(subject['transitions']) !== JSON.stringify(recorded)) {
    found.push(
      `moved what it is about at ${JSON.stringify(subject['transitions'])}, and itself at ${JSON.stringify(recorded)}`,
    );
  }
  return found;
}

/** Units go nowhere but where they are sold to. */
function stockBreaches({ plan, participants, store }: Evidence): readonly FoundBreach[] {
  const found: string[] = [];
  for (const [product, { initial, onHand, reserved, sold }] of participants.shelves) {
    const wanted = plan.sagas.filter(({ id, request }) => {
      const row = store.rows.get(sagaKey(id)) as SagaModelRow | undefined;
      const sells =
        shapeOfRow(row)
          ?.stages.flat()
          .some(({ role }) => role === 'sell') === true;
      return request.product === product && sells && row?.state === 'COMPLETED';
    });
    const due = wanted.reduce((sum, { request }) => sum + request.units, 0);
    if (onHand < 0 || reserved < 0 || sold < 0) found.push(`${product} is below zero`);
    if (onHand + reserved + sold !== initial)
      found.push(`${product}: ${onHand} + ${reserved} + ${sold} is not ${initial}`);
    if (reserved !== 0) found.push(`${product} still has ${reserved} reserved`);
    if (sold !== due) found.push(`${product}: ${sold} sold, and completed sagas asked for ${due}`);
  }
  return found.map((text) => ({ sagaId: '', text }));
}
