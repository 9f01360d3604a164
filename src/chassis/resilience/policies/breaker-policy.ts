import { createEmitter } from '../../core/index.ts';
import type { BreakerOutcome, CircuitBreaker } from '../circuit-breaker.ts';
import { outcomeOf } from '../outcome.ts';
import { circuitOpen } from '../rejections.ts';
import { contextOf, type Policy, type PolicyEvents } from './policy.ts';

/** What a breaker guards, and how it judges. */
export interface BreakerPolicyOptions {
  /** In errors: "the payment provider". */
  readonly subject: string;
  /** Default: `outcomeOf`. */
  readonly outcomeOf?: (error: unknown) => BreakerOutcome;
}

/** Work goes through the breaker. Rejects with AppError CIRCUIT_OPEN, with RetryInfo, where that lets nobody through. */
export function breakerPolicy(
  breaker: CircuitBreaker,
  { subject, outcomeOf: judge = outcomeOf }: BreakerPolicyOptions,
): Policy {
  const events = createEmitter<PolicyEvents>();
  breaker.events.on('stateChanged', ({ from, to }) => events.emit('breakerChanged', { subject, from, to }));
  return {
    events,
    async execute(work, partial) {
      const generation = breaker.tryEnter();
      if (generation === undefined) {
        events.emit('rejected', { subject, reason: 'CIRCUIT_OPEN' });
        throw circuitOpen(subject, breaker.retryAfterMs);
      }
      try {
        const value = await work(contextOf(partial));
        breaker.record(generation, 'success');
        return value;
      } catch (error) {
        breaker.record(generation, judge(error));
        throw error;
      }
    },
  };
}
