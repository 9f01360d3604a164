/** What happened lately, as rules read it. */
export interface BreakerCounts {
  /** In the window. */
  readonly successes: number;
  /** In the window. */
  readonly failures: number;
  /** Since the last success. */
  readonly consecutiveFailures: number;
  /** How many calls a window usually holds, over the last minute or so; grows from 0. */
  readonly usualVolume: number;
}

/** How much of the past a breaker looks at. */
export interface CountWindowOptions {
  /** In milliseconds. */
  readonly windowMs: number;
  /** The window moves on by one of these at a time; its memory is two numbers for each. */
  readonly buckets: number;
}

/** After so many windows what was usual counts 1/e. */
const USUAL_FADES_OVER_WINDOWS = 6;

/** Successes and failures over a sliding window. Fixed memory; counting allocates nothing. */
export class CountWindow implements BreakerCounts {
  successes = 0;
  failures = 0;
  consecutiveFailures = 0;
  usualVolume = 0;
  readonly #bucketMs: number;
  readonly #successes: Float64Array;
  readonly #failures: Float64Array;
  #tick: number;

  constructor({ windowMs, buckets }: CountWindowOptions, nowMs: number) {
    this.#bucketMs = windowMs / buckets;
    this.#successes = new Float64Array(buckets);
    this.#failures = new Float64Array(buckets);
    this.#tick = Math.floor(nowMs / this.#bucketMs);
  }

  /** Forgets what is older than the window. Before every reading and counting. */
  moveTo(nowMs: number): void {
    const tick = Math.floor(nowMs / this.#bucketMs);
    if (tick > this.#tick) this.#move(tick);
  }

  /** One more success, at the time of the last `moveTo`. */
  succeeded(): void {
    this.successes += 1;
    this.consecutiveFailures = 0;
    this.#successes[this.#tick % this.#successes.length]! += 1; // the index is below the length
  }

  /** One more failure, at the time of the last `moveTo`. */
  failed(): void {
    this.failures += 1;
    this.consecutiveFailures += 1;
    this.#failures[this.#tick % this.#failures.length]! += 1;
  }

  /** Forgets all but what is usual. */
  clear(): void {
    this.#successes.fill(0);
    this.#failures.fill(0);
    this.successes = 0;
    this.failures = 0;
    this.consecutiveFailures = 0;
  }

  #move(tick: number): void {
    const buckets = this.#successes.length;
    const passed = tick - this.#tick;
    const last = this.#tick % buckets;
    this.#learn((this.#successes[last]! + this.#failures[last]!) * buckets, passed);
    for (let n = 1; n <= Math.min(passed, buckets); n++) {
      const index = (this.#tick + n) % buckets;
      this.successes -= this.#successes[index]!;
      this.failures -= this.#failures[index]!;
      this.#successes[index] = 0;
      this.#failures[index] = 0;
    }
    this.#tick = tick;
  }

  /** `volume`: what a window of buckets like the last one would hold; the others that passed were empty. */
  #learn(volume: number, passed: number): void {
    const kept = Math.exp(-1 / (USUAL_FADES_OVER_WINDOWS * this.#successes.length));
    this.usualVolume = (this.usualVolume * kept + volume * (1 - kept)) * kept ** (passed - 1);
  }
}
