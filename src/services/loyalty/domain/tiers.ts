/** How good a customer somebody is, from the least on. */
export type Tier = 'BRONZE' | 'SILVER' | 'GOLD';

/** What a user's orders of a year come to. */
export interface Standing {
  readonly tier: Tier;
  readonly qualifyingPoints: bigint;
  /** From how many on the next tier begins; undefined in the highest. */
  readonly nextTierPoints: bigint | undefined;
}

/** Orders count for so long after they were confirmed, in milliseconds: 365 days. */
export const QUALIFYING_MS = 365 * 24 * 60 * 60_000;

/** The contract's numbers, from the highest on. */
const TIERS: readonly { readonly tier: Tier; readonly from: bigint }[] = [
  { tier: 'GOLD', from: 5_000n },
  { tier: 'SILVER', from: 1_000n },
  { tier: 'BRONZE', from: 0n },
];

/** Where so many points lead to; none below zero. */
export function standingOf(qualifyingPoints: bigint): Standing {
  const place = TIERS.findIndex(({ from }) => qualifyingPoints >= from);
  return { tier: TIERS[place]?.tier ?? 'BRONZE', qualifyingPoints, nextTierPoints: TIERS[place - 1]?.from };
}
