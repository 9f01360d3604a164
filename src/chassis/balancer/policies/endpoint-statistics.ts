import { callOutcome } from './call-outcome.ts';

/** The least that one failure weighs: an endpoint that fails fast takes many calls in the time in which it would fade. */
const FAILURE_WEIGHT = 0.2;
/** Added to every latency, so that a twentieth of a millisecond is not twice as good as a tenth. */
const LATENCY_FLOOR_MS = 0.05;
/** An endpoint that always fails costs twenty times what it would. */
const SUCCESS_FLOOR = 0.05;

/** What p2c_ewma knows of one endpoint: plain numbers, changed by every call that begins and ends. */
export class EndpointStatistics {
  /** When it was last chosen. */
  pickedAtMs: number;
  /** Unary calls begun and not ended: they have an age that means something, which streams have not. */
  pending = 0;
  readonly #decayMs: number;
  #inFlight = 0;
  /** The sum of the times at which the pending calls began: with their number, the age of the average one. */
  #startedSumMs = 0;
  #latencyMs = 0;
  #latencyAtMs = -Infinity;
  /** The part of recent calls that did not fail. */
  #success = 1;
  #successAtMs = -Infinity;

  /** Of an endpoint that nobody has called. What is known of it fades to 1/e within `decayMs`. */
  constructor(decayMs: number, nowMs: number) {
    this.#decayMs = decayMs;
    this.pickedAtMs = nowMs;
  }

  /** How long an answer takes, recent peaks first; 0 while none came. */
  get latencyMs(): number {
    return this.#latencyMs;
  }

  /** How much the latency still says: 1 just measured, 0 never or long ago. */
  latencyFreshness(nowMs: number): number {
    return this.#fade(nowMs - this.#latencyAtMs);
  }

  /**
   * What one more call would cost: how long it takes, times the queue it meets, over the chance that it succeeds. One call
   * in flight counts for `queueWeight`. A stall shows before anything ends: the calls that wait are older than calls get.
   */
  cost(latencyMs: number, queueWeight: number, nowMs: number): number {
    const timeMs = Math.max(latencyMs, this.#pendingAgeMs(nowMs)) + LATENCY_FLOOR_MS;
    return (timeMs * (1 + this.#inFlight * queueWeight)) / Math.max(SUCCESS_FLOOR, this.#chance(nowMs));
  }

  /** For the admin port; without a latency while none was measured. */
  describe(nowMs: number): Readonly<Record<string, number>> {
    return {
      inFlight: this.#inFlight,
      ...(this.#latencyAtMs > -Infinity && { latencyMs: this.#latencyMs }),
      pendingAgeMs: this.#pendingAgeMs(nowMs),
      success: this.#chance(nowMs),
    };
  }

  /** A unary call begins. */
  started(nowMs: number): void {
    this.#inFlight++;
    this.pending++;
    this.#startedSumMs += nowMs;
  }

  /** A unary call has ended. */
  ended(code: number, durationMs: number, nowMs: number): void {
    this.#inFlight--;
    this.pending--;
    // From 0 anew whenever that is exact: rounding errors do not add up over weeks.
    this.#startedSumMs = this.pending === 0 ? 0 : this.#startedSumMs - (nowMs - durationMs);
    this.#observeLatency(durationMs, nowMs, callOutcome(code) === 'answered');
    this.#observeSuccess(code, nowMs);
  }

  /** A call whose answer streams begins. */
  streamStarted(): void {
    this.#inFlight++;
  }

  /** It has ended. */
  streamEnded(code: number, nowMs: number): void {
    this.#inFlight--;
    this.#observeSuccess(code, nowMs);
  }

  /**
   * Peak EWMA: what is slower than expected is believed at once, what is faster only as the old fades. A call that was not
   * answered says only that an answer would have taken longer: failing fast is not being fast.
   * Source: Finagle's PeakEwma.
   */
  #observeLatency(durationMs: number, nowMs: number, isAnswered: boolean): void {
    const isMeasured = this.#latencyAtMs > -Infinity;
    const isSlower = isMeasured && durationMs > this.#latencyMs;
    if (!isAnswered && !isSlower) return;
    const kept = isSlower || !isMeasured ? 0 : this.latencyFreshness(nowMs);
    this.#latencyMs = durationMs + kept * (this.#latencyMs - durationMs);
    this.#latencyAtMs = nowMs;
  }

  #observeSuccess(code: number, nowMs: number): void {
    const outcome = callOutcome(code);
    if (outcome === 'none') return;
    const fresh = this.#fade(nowMs - this.#successAtMs);
    if (outcome === 'answered') this.#success = 1 - fresh * (1 - this.#success);
    else this.#success *= Math.min(fresh, 1 - FAILURE_WEIGHT);
    this.#successAtMs = nowMs;
  }

  /** How long the pending calls have waited on average; 0: there are none. */
  #pendingAgeMs(nowMs: number): number {
    return this.pending === 0 ? 0 : nowMs - this.#startedSumMs / this.pending;
  }

  /** Of a call to succeed: failures fade. */
  #chance(nowMs: number): number {
    return this.#success === 1 ? 1 : 1 - (1 - this.#success) * this.#fade(nowMs - this.#successAtMs);
  }

  /** How much of something this old still counts. */
  #fade(ageMs: number): number {
    return Math.exp(-ageMs / this.#decayMs);
  }
}
