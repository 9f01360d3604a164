import type { Authorization } from './ledger.ts';

/** What happened to the money of one reference in one currency, in minor units. */
export interface ReferenceTotals {
  readonly reference: string;
  readonly currency: string;
  /** Set aside now: authorized, and neither captured, voided nor expired. */
  readonly held: number;
  readonly captured: number;
  readonly refunded: number;
  /** How many captures there were: more than one for an order breaks the invariant I4. */
  readonly captures: number;
  readonly refunds: number;
  readonly authorizations: number;
  readonly declined: number;
}

/** The money of one currency over all references, in minor units. */
export type CurrencyTotals = Pick<ReferenceTotals, 'currency' | 'held' | 'captured' | 'refunded'>;

/** The outside witness's account, for checkers of invariants. */
export interface Summary {
  readonly references: readonly ReferenceTotals[];
  readonly totals: readonly CurrencyTotals[];
}

/** Adds up. */
export function summarize(authorizations: Iterable<Authorization>): Summary {
  const references = new Map<string, ReferenceTotals>();
  for (const authorization of authorizations) {
    const { reference, currency } = authorization;
    const key = JSON.stringify([reference, currency]);
    references.set(key, add(references.get(key) ?? nothing(reference, currency), authorization));
  }
  const totals = new Map<string, CurrencyTotals>();
  for (const { currency, held, captured, refunded } of references.values()) {
    const sum = totals.get(currency) ?? { currency, held: 0, captured: 0, refunded: 0 };
    totals.set(currency, {
      currency,
      held: sum.held + held,
      captured: sum.captured + captured,
      refunded: sum.refunded + refunded,
    });
  }
  return { references: [...references.values()], totals: [...totals.values()] };
}

function nothing(reference: string, currency: string): ReferenceTotals {
  const none = { held: 0, captured: 0, refunded: 0, captures: 0, refunds: 0, authorizations: 0, declined: 0 };
  return { reference, currency, ...none };
}

function add(sum: ReferenceTotals, authorization: Authorization): ReferenceTotals {
  const counted = { ...sum, authorizations: sum.authorizations + 1 };
  switch (authorization.status) {
    case 'AUTHORIZED':
      return { ...counted, held: sum.held + authorization.amount };
    case 'CAPTURED': {
      const { amount, refunded, refunds } = authorization.capture;
      return {
        ...counted,
        captured: sum.captured + amount,
        captures: sum.captures + 1,
        refunded: sum.refunded + refunded,
        refunds: sum.refunds + refunds.length,
      };
    }
    case 'DECLINED':
      return { ...counted, declined: sum.declined + 1 };
    case 'VOIDED':
    case 'EXPIRED':
      return counted;
  }
}
