import { loadStatements } from '../../../chassis/store/index.ts';

const NAMES = [
  'count-checkouts',
  'late-checkouts',
  'lock-checkouts',
  'open-checkout',
  'place-orders',
  'save-checkouts',
] as const;

/** Reads the statements of checkouts that events carry on. */
export function loadCheckoutStatements() {
  const statements = loadStatements(new URL('./sql/', import.meta.url), NAMES);
  const { text } = statements['place-orders'];
  return { ...statements, 'place-orders': { name: 'place-orders-by-events', text } }; // sagas have one of the first name
}
