import { loadStatements, type Statement } from '../store/index.ts';

const NAMES = [
  'claim-sagas',
  'count-history',
  'count-sagas',
  'draw-transaction-id',
  'expire-claims',
  'extend-claims',
  'feed-end',
  'get-saga',
  'insert-sagas',
  'list-history',
  'list-sagas',
  'lock-saga',
  'quarantine-saga',
  'read-feed',
  'record-transitions',
] as const;

/** The engine's SQL. */
export type SagaStatements = Readonly<Record<(typeof NAMES)[number], Statement>>;

/** Reads the engine's SQL. */
export function loadSagaStatements(): SagaStatements {
  return loadStatements(new URL('./sql/', import.meta.url), NAMES);
}
