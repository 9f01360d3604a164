import { loadStatements } from '../../../chassis/store/index.ts';

const NAMES = ['count-checkouts', 'late-checkouts', 'lock-checkouts', 'open-checkout', 'save-checkouts'] as const;

/** Reads the statements of checkouts that events carry on. */
export function loadCheckoutStatements() {
  return loadStatements(new URL('./sql/', import.meta.url), NAMES);
}
