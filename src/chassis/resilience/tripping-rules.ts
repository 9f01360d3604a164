import { checkNumber } from './check-number.ts';
import type { BreakerCounts } from './count-window.ts';

/** When a classic breaker opens. Pure: it sees counts and nothing else. */
export interface TrippingRule {
  /** Asked after each failure. */
  shouldTrip(counts: BreakerCounts): boolean;
}

/** A volume that follows traffic: a part of what a window usually holds, within bounds. */
export interface TrafficShare {
  /** 0.1: a tenth of the calls of a usual window. */
  readonly share: number;
  /** However little traffic there is. Default 5. */
  readonly atLeast?: number;
  /** However much traffic there is. Default 1,000. */
  readonly atMost?: number;
}

/** Opens when too large a part of the calls in the window failed. */
export interface FailureRatioOptions {
  /** The part, more than 0 and at most 1. Default 0.5. */
  readonly ratio?: number;
  /**
   * Calls in the window below which nothing is judged. A number, or a share of the usual traffic: 20 calls are two seconds
   * of a quiet method, and the blink of an eye of a busy one. Default 20.
   */
  readonly minimumVolume?: number | TrafficShare;
}

/** What `failureRatio` does when it is told nothing. */
export const DEFAULT_FAILURE_RATIO = { ratio: 0.5, minimumVolume: 20 } satisfies FailureRatioOptions;

/** The bounds of a volume that follows traffic, where nobody says others. */
export const DEFAULT_TRAFFIC_SHARE = { atLeast: 5, atMost: 1_000 };

/** Throws RangeError, with the field's name, for a ratio or volume that makes no sense. */
export function failureRatio(options: FailureRatioOptions = {}): TrippingRule {
  const { ratio, minimumVolume } = { ...DEFAULT_FAILURE_RATIO, ...options };
  checkNumber('ratio', ratio, { above: 0, max: 1 });
  const volumeOf = typeof minimumVolume === 'number' ? fixedVolume(minimumVolume) : sharedVolume(minimumVolume);
  return {
    shouldTrip(counts) {
      const volume = counts.successes + counts.failures;
      return volume >= volumeOf(counts) && counts.failures >= ratio * volume;
    },
  };
}

/** Opens after so many failures with no success between them. Default 5. Throws RangeError for fewer than one. */
export function failureStreak({ failures = 5 }: { readonly failures?: number } = {}): TrippingRule {
  checkNumber('failures', failures, { min: 1, whole: true });
  return { shouldTrip: (counts) => counts.consecutiveFailures >= failures };
}

function fixedVolume(volume: number): (counts: BreakerCounts) => number {
  checkNumber('minimumVolume', volume, { min: 1, whole: true });
  return () => volume;
}

function sharedVolume(options: TrafficShare): (counts: BreakerCounts) => number {
  const { share, atLeast, atMost } = { ...DEFAULT_TRAFFIC_SHARE, ...options };
  checkNumber('minimumVolume.share', share, { above: 0, max: 1 });
  checkNumber('minimumVolume.atLeast', atLeast, { min: 1, whole: true });
  checkNumber('minimumVolume.atMost', atMost, { min: atLeast, whole: true });
  return ({ usualVolume }) => Math.min(atMost, Math.max(atLeast, share * usualVolume));
}
