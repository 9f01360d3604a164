/** What is recorded of the traces of one process. */
export interface SamplingRule {
  /** The share, from 0 to 1, that is recorded of the traces that begin here. */
  readonly rootRatio: number;
  /** A call that is not recorded and takes longer is kept all the same, in milliseconds; Infinity: none for its duration. */
  readonly slowMs: number;
}

/** The rule in force, which may be changed while the process runs: settings are followed live. */
export interface Sampling extends SamplingRule {
  /** From the next call on. Throws a RangeError that names what is out of its range, and changes nothing then. */
  change(rule: Partial<SamplingRule>): void;
}

/** Everything is recorded, and a call that is not, because its caller decided so, is slow after a second. */
export const DEFAULT_SAMPLING: SamplingRule = { rootRatio: 1, slowMs: 1_000 };

/** Begins with a rule; what it does not say is as DEFAULT_SAMPLING. Throws as `change` does. */
export function createSampling(rule: Partial<SamplingRule> = {}): Sampling {
  let current = DEFAULT_SAMPLING;
  const change = (next: Partial<SamplingRule>) => {
    current = checked({ ...current, ...next });
  };
  change(rule);
  return {
    get rootRatio() {
      return current.rootRatio;
    },
    get slowMs() {
      return current.slowMs;
    },
    change,
  };
}

function checked(rule: SamplingRule): SamplingRule {
  const { rootRatio, slowMs } = rule;
  if (!(rootRatio >= 0 && rootRatio <= 1)) {
    throw new RangeError(`rootRatio must be a number from 0 to 1, not ${rootRatio}`);
  }
  if (!(slowMs >= 0)) throw new RangeError(`slowMs must be a number of milliseconds, not ${slowMs}`);
  return rule;
}
