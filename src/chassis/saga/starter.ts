import { currentCall, newId, type Clock } from '../core/index.ts';
import { createGroupCommit, type Database, type Queryable } from '../store/index.ts';
import type { SagaDefinition } from './definition.ts';
import type { SagaDraft, SagaEngine, SagaStart } from './engine.ts';
import { partitionOf, type ClaimedSaga, type SagaOrigin } from './log.ts';
import { toRows } from './record.ts';
import { LOG_COMMITS } from './saga-writer.ts';
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
  readonly origin: SagaOrigin;
}

/** Starts sagas under this worker's own claim where it has room: nobody has to look for them. */
export function createSagaStarter(options: SagaStarterOptions): Pick<SagaEngine, 'draft' | 'start' | 'startNow'> {
  const { database, statements, worker, clock, instanceId, leaseMs } = options;

  function draft(saga: NewSaga): SagaDraft {
    const claimed = worker.accepts;
    const sinceMs = clock.monotonicMs();
    return {
      id: saga.id,
      json: toJson(saga, claimed ? { owner: instanceId, lease_ms: leaseMs } : { owner: null, lease_ms: 0 }),
      begin() {
        if (claimed) worker.adopt(toClaimed(saga, sinceMs, clock), sinceMs);
        else worker.wake();
      },
    };
  }

  const insert = (on: Queryable, drafts: readonly SagaDraft[]) =>
    on.execute(statements['insert-sagas'], [`[${drafts.map(({ json }) => json).join(',')}]`]);

  const startTogether = createGroupCommit<SagaDraft, void>({
    job: 'saga/start',
    ...LOG_COMMITS,
    clock,
    async run(drafts) {
      await insert(database, drafts);
      return drafts.map(() => undefined);
    },
  });

  return {
    draft: (definition, start) => draft(newSaga(definition, start)),
    async start(tx, definition, start) {
      const started = draft(newSaga(definition, start));
      await insert(tx, [started]);
      return started;
    },
    async startNow(definition, start) {
      const started = draft(newSaga(definition, start));
      await startTogether.submit(started);
      started.begin();
      return started.id;
    },
  };
}

function newSaga<Input>(definition: SagaDefinition<Input>, start: SagaStart<Input>): NewSaga {
  const { id = newId(), input, correlationKey } = start;
  const call = currentCall();
  const origin = { traceparent: call?.trace?.traceparent, baggage: call?.baggage };
  return { id, definition, input: JSON.stringify(input ?? null), correlationKey, origin };
}

/** The input is JSON already, and is not parsed to be written again. */
function toJson(
  { id, definition, input, correlationKey, origin }: NewSaga,
  claim: { readonly owner: string | null; readonly lease_ms: number },
): string {
  const { name, version, deadlineMs } = definition;
  const [history] = toRows([{ kind: 'STARTED', direction: 'FORWARD' }]);
  const names = { id, name, version, correlation_key: correlationKey, partition: partitionOf(id) };
  const traced = { trace_parent: origin.traceparent, baggage: origin.baggage };
  const rest = JSON.stringify({ ...names, ...traced, deadline_ms: deadlineMs, ...claim, history });
  return `${rest.slice(0, -1)},"input":${input}}`;
}

/** As a claim would have read it. */
function toClaimed(saga: NewSaga, sinceMs: number, clock: Clock): ClaimedSaga {
  const { id, definition, input, correlationKey, origin } = saga;
  const { name, version, deadlineMs } = definition;
  return {
    saga: {
      id,
      name,
      version,
      correlationKey,
      origin,
      state: FIRST,
      input: JSON.parse(input) as unknown,
      outputs: {},
      claimToken: 1,
      revision: 1,
    },
    remainingMs: deadlineMs - (clock.monotonicMs() - sinceMs),
    previousOwner: undefined,
    interruptions: 0,
    isFresh: true,
  };
}
