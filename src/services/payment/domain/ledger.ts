/** What a transaction of the ledger records. */
export type TransactionKind = 'AUTHORIZATION' | 'RELEASE' | 'CAPTURE' | 'REFUND';

/** The ledger's accounts. */
export type LedgerAccount = 'CARD_HOLDS' | 'HELD_FOR_ORDERS' | 'PROVIDER_RECEIVABLE' | 'SALES' | 'REFUNDS';

/** Something that moved an amount and has to be written down. */
export interface Booking {
  readonly kind: TransactionKind;
  /** Minor units, above zero. */
  readonly minor: bigint;
  /** The provider's own id of what is booked. */
  readonly providerReference: string;
}

/** One side of a double entry. */
export interface Line {
  readonly account: LedgerAccount;
  readonly side: 'DEBIT' | 'CREDIT';
  /** Minor units, above zero. */
  readonly minor: bigint;
}

/** Which accounts a kind moves an amount between. The database holds the same table as a constraint. */
export const ACCOUNTS = {
  AUTHORIZATION: { debit: 'CARD_HOLDS', credit: 'HELD_FOR_ORDERS' },
  RELEASE: { debit: 'HELD_FOR_ORDERS', credit: 'CARD_HOLDS' },
  CAPTURE: { debit: 'PROVIDER_RECEIVABLE', credit: 'SALES' },
  REFUND: { debit: 'REFUNDS', credit: 'PROVIDER_RECEIVABLE' },
} as const satisfies Record<TransactionKind, { readonly debit: LedgerAccount; readonly credit: LedgerAccount }>;

/** The double entry of a booking: its debits equal its credits. */
export function linesOf(kind: TransactionKind, minor: bigint): readonly Line[] {
  const { debit, credit } = ACCOUNTS[kind];
  return [
    { account: debit, side: 'DEBIT', minor },
    { account: credit, side: 'CREDIT', minor },
  ];
}

/** What stands on each account after the bookings, debits less credits. Over all accounts it adds up to zero. */
export function balances(bookings: Iterable<Pick<Booking, 'kind' | 'minor'>>): ReadonlyMap<LedgerAccount, bigint> {
  const sums = new Map<LedgerAccount, bigint>();
  for (const { kind, minor } of bookings) {
    for (const line of linesOf(kind, minor)) {
      const signed = line.side === 'DEBIT' ? line.minor : -line.minor;
      sums.set(line.account, (sums.get(line.account) ?? 0n) + signed);
    }
  }
  return sums;
}
