/** An estimate of how long all but the slowest take. */
export interface LatencyQuantile {
  /** Since the start; of those, the recent ones count most. */
  readonly samples: number;
  /** In milliseconds, at most a tenth too high; 0 before the first sample. */
  readonly estimateMs: number;
  observe(durationMs: number): void;
}

/** A bucket ends a tenth above where it begins; the last one ends beyond seven minutes. */
const GROWTH = 1.1;
const SMALLEST_MS = 0.1;
const BUCKETS = 160;
/** The estimate is made anew after so many samples: nobody needs it fresher. */
const REFRESH_EVERY = 64;
/** From so many on, all counts are halved: what was long ago fades. */
const REMEMBERED = 4_096;

const PER_BUCKET = 1 / Math.log(GROWTH);

/**
 * Counts durations in buckets that grow by a tenth, so that a sample costs a logarithm and an addition. The quantile is a
 * part of all, 0 to 1.
 */
export function createLatencyQuantile(quantile: number): LatencyQuantile {
  const counts = new Float64Array(BUCKETS);
  let remembered = 0;
  let samples = 0;
  let estimateMs = 0;

  const refresh = () => {
    const above = (1 - quantile) * remembered;
    let slower = 0;
    let bucket = BUCKETS - 1;
    for (; bucket > 0; bucket--) {
      slower += counts[bucket]!;
      if (slower > above) break;
    }
    estimateMs = SMALLEST_MS * GROWTH ** bucket;
    if (remembered < REMEMBERED) return;
    for (let index = 0; index < BUCKETS; index++) counts[index]! /= 2;
    remembered /= 2;
  };
  return {
    get samples() {
      return samples;
    },
    get estimateMs() {
      return estimateMs;
    },
    observe(durationMs) {
      const bucket = durationMs <= SMALLEST_MS ? 0 : Math.ceil(Math.log(durationMs / SMALLEST_MS) * PER_BUCKET);
      counts[Math.min(bucket, BUCKETS - 1)]! += 1;
      remembered += 1;
      samples += 1;
      if (samples === 1 || samples % REFRESH_EVERY === 0) refresh();
    },
  };
}
