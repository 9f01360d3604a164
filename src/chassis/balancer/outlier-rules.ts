/** When an endpoint fails so much more than it should that calls had better go elsewhere. */
export interface OutlierRules {
  /** So many failures in a row, while somebody else answers. Default 5. */
  readonly consecutiveFailures: number;
  /** Calls in an interval below which an endpoint is not judged by rates. Default 10. */
  readonly minimumVolume: number;
  /** Endpoints of that volume below which rates are not compared. Default 2. */
  readonly minimumHosts: number;
  /** How far below the mean success rate of the others, in their standard deviations. Default 1.9. */
  readonly stdevFactor: number;
  /** And at least so far below it, 0 to 1: the deviation of one or two others is often 0. Default 0.3. */
  readonly minimumGap: number;
  /** The part of failures above which an endpoint is out whatever the others do, 0 to 1. Default 0.85. */
  readonly failureThreshold: number;
}

/** gRFC A50's values, with hosts and volume for fleets of 2 to 4 in place of 5 hosts and 100 calls. */
export const DEFAULT_OUTLIER_RULES: OutlierRules = {
  consecutiveFailures: 5,
  minimumVolume: 10,
  minimumHosts: 2,
  stdevFactor: 1.9,
  minimumGap: 0.3,
  failureThreshold: 0.85,
};

/** What one endpoint answered in an interval. */
export interface Tally {
  readonly successes: number;
  readonly failures: number;
}

/** Why an endpoint is ejected. */
export type EjectionReason = 'consecutive failures' | 'success rate' | 'failure percentage';

/** An endpoint that the rules want out. */
export interface Outlier {
  readonly address: string;
  readonly reason: Exclude<EjectionReason, 'consecutive failures'>;
}

/**
 * The outliers of an interval, the worst first. Source: gRFC A50, with one difference: an endpoint is compared with the
 * others, not with all. Of n values none is more than sqrt(n - 1) deviations from the mean of all n, so A50's factor of 1.9
 * ejects nobody of fewer than five.
 */
export function outliersOf(tallies: ReadonlyMap<string, Tally>, rules: OutlierRules): readonly Outlier[] {
  const judged = [...tallies]
    .filter(([, { successes, failures }]) => successes + failures >= rules.minimumVolume)
    .map(([address, { successes, failures }]) => ({ address, rate: successes / (successes + failures) }))
    .sort((a, b) => a.rate - b.rate);
  if (judged.length < Math.max(2, rules.minimumHosts)) return [];
  const isFailing = (rate: number) => 1 - rate > rules.failureThreshold;
  if (judged.every(({ rate }) => isFailing(rate))) return []; // the fault is behind them all
  return judged.flatMap(({ address, rate }, index): readonly Outlier[] => {
    const others = judged.filter((_, at) => at !== index).map((other) => other.rate);
    if (rate < lowestUsual(others, rules)) return [{ address, reason: 'success rate' }];
    return isFailing(rate) ? [{ address, reason: 'failure percentage' }] : [];
  });
}

function lowestUsual(rates: readonly number[], { stdevFactor, minimumGap }: OutlierRules): number {
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length;
  return mean - Math.max(minimumGap, stdevFactor * Math.sqrt(variance));
}
