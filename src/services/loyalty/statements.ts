import { loadStatements } from '../../chassis/store/index.ts';

/** The statements of the loyalty process, by file name. */
export const statements = loadStatements(new URL('./sql/', import.meta.url), [
  'award-many',
  'open-balance',
  'lock-balances',
  'get-balance',
  'update-balance',
  'insert-entry',
  'get-entry',
  'find-award-of-request',
  'find-awards-of-order',
  'read-awards',
  'list-entries',
  'keep-purchase',
  'reduce-purchase',
  'delete-purchase',
  'sum-purchases',
  'forget-purchases',
] as const);
