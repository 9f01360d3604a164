import { loadStatements, type Database, type Queryable } from '../../chassis/store/index.ts';
import type { PaymentId, TransactionKind } from './domain.ts';
import type { ProviderEntry } from './provider-client.ts';

/** What the ledgers can disagree on; the contract's DiscrepancyKind says what each means. */
export type DiscrepancyKind = 'UNKNOWN_HERE' | 'NOT_BOOKED' | 'DIFFERS' | 'UNKNOWN_AT_PROVIDER' | 'HOLD_LEFT';

/** Something the ledgers disagree on, or did. Amounts are minor units. */
export interface Discrepancy {
  readonly id: string;
  readonly position: bigint;
  readonly kind: DiscrepancyKind;
  readonly transaction_kind: TransactionKind;
  readonly payment_id: PaymentId | null;
  readonly order_reference: string;
  readonly provider_reference: string;
  readonly our_currency: string | null;
  readonly our_amount: bigint | null;
  readonly provider_currency: string | null;
  readonly provider_amount: bigint | null;
  readonly detect_time: Date;
  readonly resolve_time: Date | null;
}

/** Something the provider did that can be booked: by an operation's answer, or as the end of a hold. */
export interface Repairable {
  readonly operation_id: string | null;
  readonly payment_id: PaymentId;
  readonly authorization_reference: string;
}

const NAMES = [
  'read-comparison',
  'advance-comparison',
  'insert-provider-entries',
  'match-provider-entries',
  'repairable-entries',
  'note-provider-discrepancies',
  'note-own-discrepancies',
  'resolve-discrepancies',
  'count-discrepancies',
  'list-discrepancies',
] as const;

/** The copy of the provider's ledger, how far it goes, and what ours disagrees on. */
export type ComparisonRepository = ReturnType<typeof createComparisonRepository>;

/** Reads the statements once. */
export function createComparisonRepository(database: Database) {
  const sql = loadStatements(new URL('./sql/', import.meta.url), NAMES);
  return {
    /** How far the provider's ledger was read. */
    async position(): Promise<bigint> {
      const row = await database.one<{ readonly position: bigint }>(sql['read-comparison']);
      if (row === undefined) throw new Error('the comparison has no position');
      return row.position;
    },

    /** Keeps what the provider's ledger says after a position; false where another instance has done so already. */
    keep: (after: bigint, next: bigint, entries: readonly ProviderEntry[]): Promise<boolean> =>
      database.transaction(async (tx: Queryable) => {
        if ((await tx.execute(sql['advance-comparison'], [after, next])) === 0) return false;
        await tx.execute(sql['insert-provider-entries'], [JSON.stringify(entries.map(entryJson))]);
        return true;
      }),

    /** Marks entries that our ledger agrees with. */
    match: () => database.execute(sql['match-provider-entries']),

    /** What can be repaired. `onTheirWayMs`: younger operations may be about to hear their answer themselves. */
    repairable: (onTheirWayMs: number, limit: number) =>
      database.rows<Repairable>(sql['repairable-entries'], [onTheirWayMs, limit]),

    /** Writes down what the ledgers disagree on; answers how many things are new. */
    async note(onTheirWayMs: number): Promise<number> {
      const theirs = await database.execute(sql['note-provider-discrepancies'], [onTheirWayMs]);
      return theirs + (await database.execute(sql['note-own-discrepancies'], [onTheirWayMs]));
    },

    /** Ends discrepancies that are none any more. */
    resolve: () => database.execute(sql['resolve-discrepancies']),

    /** How many are open, by kind. */
    countOpen: () =>
      database.rows<{ readonly kind: DiscrepancyKind; readonly open: number }>(sql['count-discrepancies']),

    list: (
      includeResolved: boolean,
      { before, limit }: { readonly before: string | undefined; readonly limit: number },
    ): Promise<Discrepancy[]> =>
      database.rows<Discrepancy>(sql['list-discrepancies'], [includeResolved, before ?? null, limit]),
  };
}

function entryJson(entry: ProviderEntry) {
  return {
    sequence: String(entry.sequence),
    kind: entry.kind,
    provider_key: entry.key,
    provider_reference: entry.providerReference,
    authorization_reference: entry.authorization,
    order_reference: entry.reference,
    currency: entry.currency,
    amount: String(entry.minor),
    entry_time: entry.time,
  };
}
