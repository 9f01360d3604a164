import { loadStatements } from '../../chassis/store/index.ts';

const NAMES = [
  'add-order-statistics',
  'count-orders-by-day',
  'count-orders-by-product',
  'count-orders-by-reason',
  'create-counted-order',
  'create-listed-order',
  'create-order-statistic',
  'get-counted-orders',
  'get-listed-orders',
  'index-listed-order-by-create-time',
  'index-listed-order-by-product',
  'index-listed-order-by-update-time',
  'index-listed-order-by-user',
  'list-orders-by-create-time',
  'list-orders-by-create-time-desc',
  'list-orders-by-update-time',
  'list-orders-by-update-time-desc',
  'place-orders',
  'save-counted-orders',
  'save-listed-orders',
] as const;

/** The statements of the order process, by file name. */
export type OrderStatements = ReturnType<typeof loadOrderStatements>;

/** Reads them. */
export function loadOrderStatements() {
  return loadStatements(new URL('./sql/', import.meta.url), NAMES);
}
