import { loadStatements } from '../../chassis/store/index.ts';

const NAMES = [
  'get-order',
  'insert-order',
  'list-events',
  'list-orders-by-create-time',
  'list-orders-by-create-time-desc',
  'list-orders-by-update-time',
  'list-orders-by-update-time-desc',
  'lock-order',
  'lock-progress',
  'place-orders',
  'save-progress',
] as const;

/** Reads the statements of the order process, by file name. */
export function loadOrderStatements() {
  return loadStatements(new URL('./sql/', import.meta.url), NAMES);
}
