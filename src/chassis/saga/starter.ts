import { newId, type Clock } from '../core/index.ts';
import { createGroupCommit, type Database, type Queryable } from '../store/index.ts';
import type { SagaDefinition } from './definition.ts';
import type { SagaEngine, SagaStart } from './engine.ts';
import { partitionOf, type ClaimedSaga } from './log.ts';
import { toRows } from './record.ts';
import type { Running } from './state.ts';
import type { SagaStatements } from './statements.ts';
import type { SagaWorker } from './worker.ts';

/** What starting sagas takes. */
export interface SagaStarterOptions {
  readonly database: Database;
  readonly statements: SagaStatements;
  readonly worker: Pick<SagaWorker, 'accepts' | 'adopt' | 'wake'>;
  readonly clock: Clock;
  readonly instanceId: string;
  readonly leaseMs: number;
}

const FIRST: Running = { kind: 'RUNNING', step: 0, attempt: 1, failures: 0, done: [], ambiguous: false, ahead: false };

/** A saga about to be written. */
interface NewSaga {
  readonly id: string;
  readonly definition: SagaDefinition;
  /** As JSON. */
  readonly input: string;
  readonly correlationKey: string;
}

/** Starts sagas under this worker's own claim where it has room: nobody has to look for them. */
export function createSagaStarter(options: SagaStarterOptions): Pick<SagaEngine, 'start' | 'startNow'> {
  const { database, statements, worker, clock, instanceId, leaseMs } = options;

  /** Writes them; answers what begins them once that is committed. */
  async function insert(on: Queryable, sagas: readonly NewSaga[]): Promise<(saga: NewSaga) => void> {
    const claimed = worker.accepts;
    const sinceMs = clock.monotonicMs();
    const rows = sagas.map((saga) => toRow(saga)).join(',');
    await on.execute(statements['insert-sagas'], [`[${rows}]`, claimed ? instanceId : null, leaseMs]);
    return (saga) => {
      if (claimed) worker.adopt(toClaimed(saga, sinceMs, clock), sinceMs);
      else worker.wake();
    };
  }

  const startTogether = createGroupCommit<NewSaga, (saga: NewSaga) => void>({
    job: 'saga/start',
    async run(sagas) {
      const begin = await insert(database, sagas);
      return sagas.map(() => begin);
    },
  });

  return {
    async start(tx, definition, start) {
      const saga = newSaga(definition, start);
      const begin = await insert(tx, [saga]);
      return { id: saga.id, begin: () => begin(saga) };
    },
    async startNow(definition, start) {
      const saga = newSaga(definition, start);
      const begin = await startTogether.submit(saga);
      begin(saga);
      return saga.id;
    },
  };
}

function newSaga<Input>(definition: SagaDefinition<Input>, start: SagaStart<Input>): NewSaga {
  const { id = newId(), input, correlationKey } = start;
  return { id, definition, input: JSON.stringify(input ?? null), correlationKey };
}

/** The input is JSON already, and is not parsed to be written again. */
function toRow({ id, definition, input, correlationKey }: NewSaga): string {
  const { name, version, deadlineMs } = definition;
  const history = toRows([{ kind: 'STARTED', direction: 'FORWARD' }])[0];
  const rest = {
    id,
    name,
    version,
    correlation_key: correlationKey,
    partition: partitionOf(id),
    deadline_ms: deadlineMs,
    history,
  };
  return `${JSON.stringify(rest).slice(0, -1)},"input":${input}}`;
}

/** As a claim would have read it. */
function toClaimed({ id, definition, input, correlationKey }: NewSaga, sinceMs: number, clock: Clock): ClaimedSaga {
  const { name, version, deadlineMs } = definition;
  return {
    saga: {
      id,
      name,
      version,
      correlationKey,
      state: FIRST,
      input: JSON.parse(input) as unknown,
      outputs: {},
      claimToken: 1,
      revision: 1,
    },
    remainingMs: deadlineMs - (clock.monotonicMs() - sinceMs),
    previousOwner: undefined,
    interruptions: 0,
  };
}
