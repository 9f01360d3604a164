import {
  DiscrepancyKind,
  TransactionKind,
  type Discrepancy as DiscrepancyMessage,
  type PaymentServiceImplementation,
} from '../../../../gen/tradewind/payment/v1/payment.ts';
import { currentCall } from '../../../chassis/core/index.ts';
import { assertAdmin } from '../../../chassis/security/index.ts';
import { pageSize, toPage, type PageTokens } from '../../../chassis/store/index.ts';
import type { ComparisonRepository, Discrepancy } from '../comparison-repository.ts';
import { toMoney } from '../domain.ts';
import type { LedgerComparison } from '../ledger-comparison.ts';

/** What the comparison's handlers work with. */
export interface ReconcileDependencies {
  readonly comparison: ComparisonRepository;
  readonly ledgers: Pick<LedgerComparison, 'compare'>;
  readonly pageTokens: PageTokens;
}

/** ReconcilePayments, ListDiscrepancies. */
export function reconcileHandlers({
  comparison,
  ledgers,
  pageTokens,
}: ReconcileDependencies): Pick<PaymentServiceImplementation, 'reconcilePayments' | 'listDiscrepancies'> {
  return {
    async reconcilePayments() {
      assertAdmin(currentCall()?.principal);
      const { entries, position, repaired, found, open } = await ledgers.compare();
      return {
        ...{ entriesRead: entries, providerPosition: position },
        ...{ repairedCount: repaired, foundCount: found, openCount: open },
      };
    },

    async listDiscrepancies({ pageSize: requested, pageToken, includeResolved }) {
      assertAdmin(currentCall()?.principal);
      const query = { method: 'ListDiscrepancies', includeResolved };
      const size = pageSize(requested);
      const [before] = pageTokens.decode(pageToken, query) ?? [];
      const rows = await comparison.list(includeResolved, { before, limit: size + 1 });
      const cursor = ({ position }: Discrepancy) => [String(position)];
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor });
      return { discrepancies: page.rows.map(discrepancyMessage), nextPageToken: page.nextPageToken };
    },
  };
}

function discrepancyMessage(row: Discrepancy): DiscrepancyMessage {
  return {
    id: row.id,
    kind: DiscrepancyKind[`DISCREPANCY_KIND_${row.kind}`],
    transactionKind: TransactionKind[`TRANSACTION_KIND_${row.transaction_kind}`],
    paymentId: row.payment_id ?? '',
    orderId: row.order_reference,
    providerReference: row.provider_reference,
    ourAmount: amountOf(row.our_currency, row.our_amount),
    providerAmount: amountOf(row.provider_currency, row.provider_amount),
    detectTime: row.detect_time,
    resolveTime: row.resolve_time ?? undefined,
  };
}

function amountOf(currency: string | null, minor: bigint | null) {
  return currency === null || minor === null ? undefined : toMoney({ currency, minor });
}
