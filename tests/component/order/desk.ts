import { BulkCommandSagasRequest, type BulkCommandSagasResponse } from '../../../gen/tradewind/order/v1/saga.ts';
import { Secret } from '../../../src/chassis/config/index.ts';
import { newId, runInCall, systemClock, type CallContext } from '../../../src/chassis/core/index.ts';
import { createSagaEngine, type SagaFailure, type SagaRecord } from '../../../src/chassis/saga/index.ts';
import { createPageTokens } from '../../../src/chassis/store/index.ts';
import { createSagaHandlers } from '../../../src/services/order/saga-handlers.ts';
import { createTripStation, defineTrip, scriptedWorld } from '../saga/trips.ts';

const trip = defineTrip(scriptedWorld().world('nobody'));
/** The steps of every saga at the desk: hotel, flight, pay (the pivot), mail. */
export const STEPS = trip.steps.map(({ name }) => name);
/** Sagas about this fail in their hook whenever they are changed. */
export const CURSED = 'cursed';
/** Who gives the commands at the desk. */
export const ADMIN = { userId: newId(), roles: ['admin'] };

/** The real handlers over sagas that no worker carries on, so that each stands where a test put it. */
export async function openDesk() {
  const station = await createTripStation();
  const { database } = station;
  const engine = createSagaEngine({
    database,
    definitions: [trip],
    instanceId: newId(),
    async onTransitions(_tx, transitions) {
      if (transitions.some(({ saga }) => saga.correlationKey === CURSED))
        throw new Error('the hook of this saga is broken');
    },
  });
  const faults: unknown[] = [];
  const handlers = createSagaHandlers({
    database,
    sagas: engine,
    definitions: [trip],
    pageTokens: createPageTokens({ secret: new Secret('of the test') }),
    clock: systemClock,
    onFault: (_sagaId, error) => faults.push(error),
  });
  const operator = engine.operator;
  const order = (id: string, command: Parameters<typeof operator.command>[2]) =>
    database.transaction((tx) => operator.command(tx, id, command, { actor: 'before', note: 'before' }));

  async function bulk(
    request: Parameters<typeof BulkCommandSagasRequest.fromPartial>[0],
    context?: Partial<CallContext>,
  ) {
    const full = BulkCommandSagasRequest.fromPartial({ reason: 'a test', ...request });
    return as(context ?? {}, async () => {
      const answer = await handlers.bulkCommandSagas(full, {} as never); // this handler asks nothing of it
      return answer as BulkCommandSagasResponse; // made whole
    });
  }

  async function sql(text: string, ...parameters: readonly unknown[]) {
    await database.execute({ name: text.slice(0, 40), text }, parameters);
  }

  async function as<T>(context: Partial<CallContext>, work: () => Promise<T>): Promise<T> {
    const call: CallContext = {
      ...{ callId: newId(), method: 'SagaService', deadlineMs: undefined, principal: ADMIN },
      ...{ authorization: undefined, signal: undefined, isRetry: false },
      ...context,
    };
    return runInCall(call, work);
  }

  return {
    database,
    sql,
    close: () => station.close(),
    faults,
    operator,
    handlers,
    as,
    order,
    bulk,
    /** Every page of it. */
    async bulkAll(request: Parameters<typeof BulkCommandSagasRequest.fromPartial>[0]) {
      const results: BulkCommandSagasResponse['results'] = [];
      for (let pageToken = ''; ;) {
        const page = await bulk({ ...request, pageToken });
        results.push(...page.results);
        pageToken = page.nextPageToken;
        if (pageToken === '') return results;
      }
    },
    /** A saga that stands as described. */
    async put(where: Place): Promise<string> {
      const { id } = await database.transaction((tx) =>
        engine.start(tx, trip, { input: { traveller: 'ada' }, correlationKey: where.about ?? newId() }),
      );
      for (const step of STEPS.slice(0, where.step)) await order(id, { kind: 'skip', step });
      if (where.undone !== undefined) await order(id, { kind: 'compensate', failure: asked(where.undone) });
      const isOver = where.undone !== undefined && where.step === 0; // nothing was there to undo
      if (where.parked !== undefined && !isOver) await order(id, { kind: 'park', failure: asked(where.parked) });
      if (where.ageSeconds !== undefined) await sql(AGE, id, where.ageSeconds);
      return id;
    },
    async snapshot(): Promise<ReadonlyMap<string, SagaRecord>> {
      const rows = await operator.list({ orderBy: 'create_time', descending: false, limit: 10_000 });
      return new Map(rows.map(({ saga }) => [saga.id, saga]));
    },
    async clear() {
      await sql('TRUNCATE saga, saga_history');
    },
  };
}

const AGE = "UPDATE saga SET create_time = create_time - $2::integer * interval '1 second' WHERE id = $1::uuid";

/** Where a saga is to stand. */
export interface Place {
  /** The steps before it are skipped; hotel 0, flight 1, pay 2. */
  readonly step: number;
  /** The reason it is being undone for. */
  readonly undone?: string;
  /** The reason it is parked for. */
  readonly parked?: string;
  readonly ageSeconds?: number;
  /** Its correlation key. */
  readonly about?: string;
}

function asked(reason: string): SagaFailure {
  return { status: 'CANCELLED', reason, message: reason };
}
