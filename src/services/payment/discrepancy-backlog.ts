import type { Backlog } from '../../chassis/diagnostics/index.ts';
import type { LedgerComparison } from './ledger-comparison.ts';

/** What the ledgers disagree on, as the last comparison found it; a healthy suite has none. */
export function discrepancyBacklog(ledgers: Pick<LedgerComparison, 'open'>): Backlog {
  return {
    name: 'payment discrepancies',
    warnAfterSeconds: 0,
    advice:
      'Read each with `tradewind call payment.PaymentService/ListDiscrepancies`; a person decides (docs/operations.md).',
    async measure() {
      const count = [...ledgers.open().values()].reduce((sum, open) => sum + open, 0);
      return { count, oldestSeconds: undefined };
    },
  };
}
