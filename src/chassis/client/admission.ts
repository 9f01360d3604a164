import { isAbortError, type AppError, type Emitter } from '../core/index.ts';
import type { ClientCallEvents } from '../middleware/client/index.ts';
import {
  circuitOpen,
  outcomeOf,
  type BreakerOutcome,
  type Bulkhead,
  type BulkheadWait,
  type CircuitBreaker,
} from '../resilience/index.ts';

/** A call that wants to be sent. */
export interface Applicant {
  readonly target: string;
  /** "/package.Service/Method". */
  readonly method: string;
}

/** Asks the breaker. The generation, to be given back with how the call went; throws CIRCUIT_OPEN. */
export function passBreaker(
  breaker: CircuitBreaker,
  { target, method }: Applicant,
  events: Emitter<ClientCallEvents>,
): number {
  const generation = breaker.tryEnter();
  if (generation !== undefined) return generation;
  events.emit('callRejected', { target, method, by: 'breaker' });
  throw circuitOpen(`${target} ${method}`, breaker.retryAfterMs);
}

/**
 * Waits for a place in the bulkhead, which is to be left again. Rejects with BULKHEAD_FULL, and with an AbortError when the
 * call ends first: that is how its deadline bounds the wait.
 */
export async function passBulkhead(
  bulkhead: Bulkhead,
  { target, method, signal }: Applicant & Required<Pick<BulkheadWait, 'signal'>>,
  events: Emitter<ClientCallEvents>,
): Promise<void> {
  try {
    await bulkhead.enter({ signal });
  } catch (error) {
    if (!isAbortError(error)) events.emit('callRejected', { target, method, by: 'bulkhead' });
    throw error;
  }
}

/**
 * What a call that failed says about its target as a whole. What the target passes on of its own calls was its answer: the breaker in
 * front of whoever fails is the target's.
 */
export function verdictOn(
  error: AppError,
  call: { readonly attempts: number; readonly isSpent: boolean },
): BreakerOutcome {
  if (call.attempts === 0 || (error.isRetried && !call.isSpent)) return 'ignored';
  return outcomeOf(error);
}
