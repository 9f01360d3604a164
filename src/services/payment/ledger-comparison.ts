import { AppError, isAbortError, type Clock } from '../../chassis/core/index.ts';
import type { Logger } from '../../chassis/telemetry/index.ts';
import type { ComparisonRepository, DiscrepancyKind, Repairable } from './comparison-repository.ts';
import { expireHold, type ExpireHoldOptions } from './expire-hold.ts';
import type { PaymentOperations } from './operations.ts';
import type { ProviderClient } from './provider-client.ts';

/** What the ledgers are compared with. */
export interface LedgerComparisonOptions extends ExpireHoldOptions {
  readonly comparison: ComparisonRepository;
  readonly operations: PaymentOperations;
  readonly provider: ProviderClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** An answer that is younger may be about to be recorded by whoever asked, in milliseconds. */
  readonly settleAfterMs: number;
  /** Between two comparisons, in milliseconds. */
  readonly intervalMs: number;
}

/** What one comparison did. */
export interface ComparisonReport {
  /** How many entries of the provider's ledger were read. */
  readonly entries: number;
  /** The place in the provider's ledger that was reached. */
  readonly position: bigint;
  /** What was missing here and is booked now. */
  readonly repaired: number;
  /** How many discrepancies were found for the first time. */
  readonly found: number;
  /** How many are open, these included. */
  readonly open: number;
}

/** Our ledger beside the provider's. */
export interface LedgerComparison {
  /**
   * Reads what is new in the provider's ledger and compares: what can be booked by an operation's own answer is, and the
   * rest is written down for a person. Any number of instances may do so at once. UNAVAILABLE (PROVIDER_UNAVAILABLE).
   */
  compare(): Promise<ComparisonReport>;
  /** Compares again and again until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
  /** Open discrepancies by kind, as the last comparison of this process found them. */
  open(): ReadonlyMap<DiscrepancyKind, number>;
}

const PAGE = 500;
const MAX_REPAIRS = 500;

/** Makes the comparison; nothing runs before `run` or `compare`. */
export function createLedgerComparison(options: LedgerComparisonOptions): LedgerComparison {
  const { comparison, operations, provider, clock, logger, settleAfterMs, intervalMs } = options;
  let open: ReadonlyMap<DiscrepancyKind, number> = new Map();

  /** No transaction is open while the provider is asked; what two instances read, one keeps. */
  async function readOn(): Promise<{ entries: number; position: bigint }> {
    let entries = 0;
    for (;;) {
      const after = await comparison.position();
      const page = await provider.ledgerAfter(after, PAGE);
      if (page.nextAfter > after && (await comparison.keep(after, page.nextAfter, page.entries))) {
        entries += page.entries.length;
      }
      if (!page.hasMore) return { entries, position: page.nextAfter };
    }
  }

  async function repair({ operation_id: operation, payment_id: payment, ...entry }: Repairable): Promise<boolean> {
    const what = { operation, payment, hold: entry.authorization_reference };
    try {
      if (operation !== null) await operations.settle(operation, { reconciled: true });
      else await expireHold(options, { id: payment, providerReference: entry.authorization_reference });
      logger.info(what, "booked from the payment provider's ledger");
      return true;
    } catch (error) {
      if (isAbortError(error)) throw error;
      const expected = error instanceof AppError && error.status === 'UNAVAILABLE';
      logger[expected ? 'warn' : 'error']({ ...what, err: error }, 'not booked yet; it is tried again');
      return false;
    }
  }

  async function compare(): Promise<ComparisonReport> {
    const { entries, position } = await readOn();
    await comparison.match();
    let repaired = 0;
    for (const one of await comparison.repairable(settleAfterMs, MAX_REPAIRS)) repaired += (await repair(one)) ? 1 : 0;
    if (repaired > 0) await comparison.match();
    const found = await comparison.note(settleAfterMs);
    await comparison.resolve();
    const counts = await comparison.countOpen();
    open = new Map(counts.map(({ kind, open: count }) => [kind, count]));
    if (found > 0) logger.error({ found }, "our ledger and the payment provider's disagree: see ListDiscrepancies");
    return { entries, position, repaired, found, open: counts.reduce((sum, one) => sum + one.open, 0) };
  }

  return {
    compare,
    open: () => open,
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(intervalMs, signal);
        try {
          await compare();
        } catch (error) {
          if (isAbortError(error)) throw error;
          const expected = error instanceof AppError && error.status === 'UNAVAILABLE';
          logger[expected ? 'warn' : 'error']({ err: error }, 'ledgers not compared; it is tried again');
        }
      }
    },
  };
}
