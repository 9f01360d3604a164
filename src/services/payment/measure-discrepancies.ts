import { Gauge } from 'prom-client';

import type { Telemetry } from '../../chassis/telemetry/index.ts';
import type { DiscrepancyKind } from './comparison-repository.ts';
import type { LedgerComparison } from './ledger-comparison.ts';

const KINDS = {
  UNKNOWN_HERE: 'unknown-here',
  NOT_BOOKED: 'not-booked',
  DIFFERS: 'differs',
  UNKNOWN_AT_PROVIDER: 'unknown-at-provider',
  HOLD_LEFT: 'hold-left',
} as const satisfies Record<DiscrepancyKind, string>;

/** Shows what the ledgers disagree on, as the last comparison found it, when somebody scrapes. */
export function measureDiscrepancies({ metrics }: Telemetry, ledgers: Pick<LedgerComparison, 'open'>): void {
  new Gauge({
    name: 'tradewind_payment_discrepancies',
    help: "What our ledger and the payment provider's disagree on and a person must look at.",
    labelNames: ['kind'],
    registers: [metrics.registry],
    collect() {
      const open = ledgers.open();
      for (const [kind, label] of Object.entries(KINDS)) {
        this.set({ kind: label }, open.get(kind as DiscrepancyKind) ?? 0); // the table's own keys
      }
    },
  });
}
