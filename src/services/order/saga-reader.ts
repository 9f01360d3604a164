import type { Saga } from '../../../gen/tradewind/order/v1/saga.ts';
import {
  findDefinition,
  type HistoryEntry,
  type SagaDefinition,
  type SagaOperator,
  type SagaRecord,
} from '../../chassis/saga/index.ts';
import { toProtoSaga } from './saga-view.ts';

/** A saga as the contract shows it, with the part of its history that it was read out of. */
export interface ReadSaga {
  readonly record: SagaRecord;
  readonly saga: Saga;
  /** Oldest first. */
  readonly history: readonly HistoryEntry[];
}

/** A list reads this much of each saga's history, enough to tell where its steps stand. */
export const LISTED_HISTORY = 200;

/** Shows sagas with at most `limit` of each one's latest entries, all read in one statement; in the order given. */
export type SagaReader = (records: readonly SagaRecord[], limit: number) => Promise<readonly ReadSaga[]>;

/** A reader of the sagas of one database. A saga whose definition is not among these is shown as far as its history tells. */
export function createSagaReader(options: {
  readonly operator: Pick<SagaOperator, 'history'>;
  readonly definitions: readonly SagaDefinition[];
}): SagaReader {
  const { operator, definitions } = options;
  return async (records, limit) => {
    if (records.length === 0) return [];
    const entries = await operator.history(
      records.map(({ id }) => id),
      limit,
    );
    const bySaga = Map.groupBy(entries, ({ sagaId }) => sagaId);
    return records.map((record) => {
      const history = bySaga.get(record.id) ?? [];
      return { record, saga: toProtoSaga(record, findDefinition(definitions, record), history), history };
    });
  };
}
