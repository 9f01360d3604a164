import type { CheckoutStyle } from '../../../src/services/order/place-order.ts';
import type { TransportKind } from '../../support/counter-clients.ts';
import type { EtcdKind } from '../../support/fault-etcd.ts';

/** What every row of the scoreboard can be run with. */
export interface RowSetting {
  readonly etcd: EtcdKind;
  readonly transport: TransportKind;
  /** Makes the same mix of calls and faults again. */
  readonly seed: number;
}

/** What a row is run with that has a whole suite check orders out. */
export interface CheckoutSetting extends Pick<RowSetting, 'seed'> {
  /** What moves its orders. */
  readonly checkout: CheckoutStyle;
}

/** How a row went. */
export interface RowResult {
  /** The row's own limits were kept, and every invariant. */
  readonly pass: boolean;
  /** What was measured. */
  readonly figure: string;
  /** What went wrong, in words; empty when it passed. */
  readonly breaches: readonly string[];
}

/** Passes when there is no breach. */
export function rowResult(figure: string, breaches: readonly string[]): RowResult {
  return { pass: breaches.length === 0, figure, breaches };
}

/** "3 errors: a; b; ..." as one breach, none for an empty list. */
export function errorBreach(what: string, errors: readonly string[]): readonly string[] {
  if (errors.length === 0) return [];
  return [`${errors.length} ${what}: ${errors.slice(0, 3).join('; ')}${errors.length > 3 ? '; ...' : ''}`];
}
