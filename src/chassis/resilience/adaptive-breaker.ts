import { createEmitter, type Clock, type Random } from '../core/index.ts';
import { checkNumber } from './check-number.ts';
import { SYSTEM } from './system.ts';
import type { BreakerEvents, BreakerState, CircuitBreaker } from './circuit-breaker.ts';
import { CountWindow, type CountWindowOptions } from './count-window.ts';

/** How an adaptive breaker decides. */
export interface AdaptiveBreakerOptions extends Partial<CountWindowOptions> {
  /**
   * K of the formula: how many calls are sent for each that is answered. At 2 a callee that answers half of them meets no
   * throttling, and one that answers none still sees some. At least 1. Default 2.
   */
  readonly callsPerAccept?: number;
  /** So many unanswered calls in the window are forgiven, however few there are. Default 10. */
  readonly tolerated?: number;
  /** One call passes in each such time whatever the dice say, in milliseconds. Default 100. */
  readonly probeEveryMs?: number;
  /** After so long with successes only, everything is forgiven; until then more and more of it. In ms. Default 1,000. */
  readonly healMs?: number;
}

/** What an adaptive breaker does when it is told nothing. */
export const DEFAULT_ADAPTIVE_BREAKER = {
  windowMs: 10_000,
  buckets: 20,
  callsPerAccept: 2,
  tolerated: 10,
  probeEveryMs: 100,
  healMs: 1_000,
} satisfies AdaptiveBreakerOptions;

const CLOSED: BreakerState = { kind: 'closed' };

/**
 * Client-side throttling: a call is refused with probability max(0, (requests - K * accepts) / (requests + 1)) over the
 * window, where what is refused here counts as a request; so the callee sees about K times what it can answer, and
 * throttling goes as it came. Two things are added, for the formula alone takes a minute to let go of a callee that failed
 * completely and is well again: a probe now and then whatever the dice say, and forgiveness that grows with an unbroken run
 * of successes. Throws RangeError, with the field's name, for options that make no sense.
 * Source: Site Reliability Engineering, "Handling Overload"; forgiveness after go-zero's breaker.
 */
export function createAdaptiveBreaker(
  options: AdaptiveBreakerOptions,
  { clock, random }: { readonly clock: Pick<Clock, 'monotonicMs'>; readonly random: Pick<Random, 'next'> } = SYSTEM,
): CircuitBreaker {
  const { windowMs, buckets, callsPerAccept, tolerated, probeEveryMs, healMs } = checked(options);
  const events = createEmitter<BreakerEvents>();
  const counts = new CountWindow({ windowMs, buckets }, clock.monotonicMs());
  let kind: 'closed' | 'throttling' = 'closed';
  let generation = 0;
  let rejections = 0;
  let passedAtMs = -Infinity;
  let rejectedAtMs = -Infinity;
  let failedAtMs = -Infinity;
  let wellForMs = 0; // the run of successes since the last failure

  const become = (next: typeof kind) => {
    const from = kind;
    kind = next;
    events.emit('stateChanged', { from, to: next });
  };
  const rejectProbability = (nowMs: number): number => {
    counts.moveTo(nowMs);
    const requests = counts.successes + counts.failures;
    const excess = requests - tolerated - callsPerAccept * counts.successes;
    return excess <= 0 ? 0 : (excess / (requests + 1)) * (1 - wellForMs / healMs);
  };
  const forgive = () => {
    counts.clear();
    generation += 1;
    wellForMs = 0;
    failedAtMs = -Infinity;
  };

  return {
    events,
    get state() {
      return kind === 'closed' ? CLOSED : { kind, rejectProbability: rejectProbability(clock.monotonicMs()) };
    },
    get rejections() {
      return rejections;
    },
    get retryAfterMs() {
      return kind === 'closed' ? 0 : probeEveryMs;
    },
    tryEnter(nowMs = clock.monotonicMs()) {
      const probability = rejectProbability(nowMs);
      if (probability > 0 && nowMs - passedAtMs < probeEveryMs && random.next() < probability) {
        counts.failed();
        rejections += 1;
        rejectedAtMs = nowMs;
        if (kind === 'closed') become('throttling');
        return undefined;
      }
      passedAtMs = nowMs;
      if (kind === 'throttling' && nowMs - rejectedAtMs >= healMs) become('closed');
      return generation;
    },
    record(ofGeneration, outcome, nowMs = clock.monotonicMs()) {
      if (outcome === 'ignored' || ofGeneration !== generation) return;
      counts.moveTo(nowMs);
      if (outcome === 'failure') {
        counts.failed();
        failedAtMs = nowMs;
        wellForMs = 0;
        return;
      }
      counts.succeeded();
      if (failedAtMs === -Infinity) return;
      wellForMs = nowMs - failedAtMs;
      if (wellForMs >= healMs) forgive();
    },
  };
}

function checked(options: AdaptiveBreakerOptions) {
  const all = { ...DEFAULT_ADAPTIVE_BREAKER, ...options };
  checkNumber('windowMs', all.windowMs, { min: 1 });
  checkNumber('buckets', all.buckets, { min: 1, whole: true });
  checkNumber('callsPerAccept', all.callsPerAccept, { min: 1 });
  checkNumber('tolerated', all.tolerated, { min: 0 });
  checkNumber('probeEveryMs', all.probeEveryMs, { min: 1 });
  checkNumber('healMs', all.healMs, { min: 1 });
  return all;
}
