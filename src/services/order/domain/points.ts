import type { Money } from './money.ts';

/** What the contract of the points lets one award be. */
const MAX_AWARD = 1_000_000_000n;

/** What an order over this total is worth: a point for each whole unit, as far as one award goes. */
export function pointsFor({ units }: Money): bigint {
  return units < MAX_AWARD ? units : MAX_AWARD;
}
