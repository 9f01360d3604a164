import { assertNever, createEmitter, type Clock } from '../core/index.ts';
import { checkNumber } from './check-number.ts';
import { SYSTEM } from './system.ts';
import type { BreakerEvents, BreakerState, CircuitBreaker } from './circuit-breaker.ts';
import { CountWindow, type CountWindowOptions } from './count-window.ts';
import { failureRatio, type TrippingRule } from './tripping-rules.ts';

/** How a classic breaker decides. */
export interface ClassicBreakerOptions extends Partial<CountWindowOptions> {
  /** When it opens. Default: `failureRatio()`. */
  readonly trip?: TrippingRule;
  /** How long nothing passes, in milliseconds. Default 5,000. */
  readonly openMs?: number;
  /** Probes that must succeed, one after the other, before everybody may call again. Default 3. */
  readonly successesToClose?: number;
}

/** What a classic breaker does when it is told nothing. */
export const DEFAULT_CLASSIC_BREAKER = {
  windowMs: 10_000,
  buckets: 10,
  openMs: 5_000,
  successesToClose: 3,
} satisfies ClassicBreakerOptions;

type State = Exclude<BreakerState, { readonly kind: 'throttling' }>;

/**
 * Closed, until the rule trips; open, when nothing passes; half-open, when one call at a time finds out. A probe that fails
 * opens it again. Every transition begins a generation, so what was sent before it can neither open nor close anything, and
 * a second result for the same probe is nobody's. Throws RangeError, with the field's name, for options that make no sense.
 * Source: Nygard, "Release It!"; generations as in sony/gobreaker; the rule apart from the states as in cockatiel.
 */
export function createClassicBreaker(
  options: ClassicBreakerOptions,
  { clock }: { readonly clock: Pick<Clock, 'monotonicMs'> } = SYSTEM,
): CircuitBreaker {
  const { trip = failureRatio(), windowMs, buckets, openMs, successesToClose } = checked(options);
  const events = createEmitter<BreakerEvents>();
  const counts = new CountWindow({ windowMs, buckets }, clock.monotonicMs());
  let state: State = { kind: 'closed' };
  let generation = 0;
  let rejections = 0;

  const become = (next: State): number => {
    const from = state.kind;
    state = next;
    generation += 1;
    if (next.kind === 'closed') counts.clear();
    if (next.kind !== from) events.emit('stateChanged', { from, to: next.kind });
    return generation;
  };
  const reject = (): undefined => {
    rejections += 1;
    return undefined;
  };

  return {
    events,
    get state() {
      return state;
    },
    get rejections() {
      return rejections;
    },
    get retryAfterMs() {
      return state.kind === 'open' ? Math.max(0, state.untilMs - clock.monotonicMs()) : 0;
    },
    tryEnter(nowMs) {
      switch (state.kind) {
        case 'closed':
          return generation;
        case 'open':
          if ((nowMs ?? clock.monotonicMs()) < state.untilMs) return reject();
          return become({ kind: 'halfOpen', successes: 0, isProbing: true });
        case 'halfOpen':
          return state.isProbing ? reject() : become({ ...state, isProbing: true });
        default:
          return assertNever(state);
      }
    },
    record(ofGeneration, outcome, nowMs = clock.monotonicMs()) {
      if (ofGeneration !== generation) return;
      switch (state.kind) {
        case 'closed':
          if (outcome === 'ignored') return;
          counts.moveTo(nowMs);
          if (outcome === 'success') return counts.succeeded();
          counts.failed();
          if (trip.shouldTrip(counts)) become({ kind: 'open', untilMs: nowMs + openMs });
          return;
        case 'open':
          return; // nobody was let in with this generation
        case 'halfOpen':
          if (!state.isProbing) return;
          if (outcome === 'failure') become({ kind: 'open', untilMs: nowMs + openMs });
          else if (outcome === 'ignored') become({ ...state, isProbing: false });
          else if (state.successes + 1 >= successesToClose) become({ kind: 'closed' });
          else become({ kind: 'halfOpen', successes: state.successes + 1, isProbing: false });
          return;
        default:
          return assertNever(state);
      }
    },
  };
}

function checked(options: ClassicBreakerOptions) {
  const all = { ...DEFAULT_CLASSIC_BREAKER, ...options };
  checkNumber('windowMs', all.windowMs, { min: 1 });
  checkNumber('buckets', all.buckets, { min: 1, whole: true });
  checkNumber('openMs', all.openMs, { min: 1 });
  checkNumber('successesToClose', all.successesToClose, { min: 1, whole: true });
  return all;
}
