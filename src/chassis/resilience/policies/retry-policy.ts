import { DEFAULT_BACKOFF, createEmitter, type BackoffOptions, type Clock, type Random } from '../../core/index.ts';
import { checkNumber } from '../check-number.ts';
import { outcomeOf } from '../outcome.ts';
import type { RetryBudget } from '../retry-budget.ts';
import { retryDelayMs } from '../retry-delay.ts';
import { SYSTEM } from '../system.ts';
import { contextOf, type Policy, type PolicyEvents, type WorkContext } from './policy.ts';

/** When and how often work is tried again. Give it only work that may happen twice. */
export interface RetryPolicyOptions extends Partial<BackoffOptions> {
  /** Counts the first. Default 3. */
  readonly maxAttempts?: number;
  /** Shared by everybody who calls the same callee, so that retries never become the overload. Default: none. */
  readonly budget?: RetryBudget;
  /** Default: what a breaker counts as a failure. What was refused on this side is not tried again. */
  readonly shouldRetry?: (error: unknown) => boolean;
}

/** What retries do when they are told nothing. */
export const DEFAULT_RETRY_POLICY = { ...DEFAULT_BACKOFF, maxAttempts: 3 } satisfies RetryPolicyOptions;

/**
 * Tries again after a wait with full jitter, or after the one that the error's RetryInfo asks for where that is longer; not
 * where the wait would outlast the deadline, and not where the budget is spent. Rejects with the last attempt's error. Throws
 * RangeError, with the field's name, for options that make no sense.
 */
export function retryPolicy(
  options: RetryPolicyOptions = {},
  { clock, random }: { readonly clock: Clock; readonly random: Random } = SYSTEM,
): Policy {
  const { maxAttempts, baseMs, maxMs, budget, shouldRetry = isFailure } = checked(options);
  const events = createEmitter<PolicyEvents>();

  /** The wait before the next attempt; undefined: there is none. */
  const nextDelayMs = (error: unknown, attempt: number, { signal, deadlineMs = Infinity }: WorkContext) => {
    if (attempt >= maxAttempts || signal?.aborted || !shouldRetry(error)) return undefined;
    const delayMs = retryDelayMs(error, attempt, { baseMs, maxMs }, random);
    if (clock.monotonicMs() + delayMs >= deadlineMs) return undefined;
    return budget === undefined || budget.withdraw() ? delayMs : undefined;
  };

  return {
    events,
    async execute(work, partial) {
      const context = contextOf(partial);
      budget?.deposit();
      for (let attempt = 1; ; attempt++) {
        try {
          return await work({ ...context, attempt });
        } catch (error) {
          const delayMs = nextDelayMs(error, attempt, context);
          if (delayMs === undefined) throw error;
          events.emit('retried', { attempt, delayMs, error });
          await clock.sleep(delayMs, context.signal);
        }
      }
    },
  };
}

function isFailure(error: unknown): boolean {
  return outcomeOf(error) === 'failure';
}

function checked(options: RetryPolicyOptions) {
  const all = { ...DEFAULT_RETRY_POLICY, ...options };
  checkNumber('maxAttempts', all.maxAttempts, { min: 1, whole: true });
  checkNumber('baseMs', all.baseMs, { min: 0 });
  checkNumber('maxMs', all.maxMs, { min: all.baseMs });
  return all;
}
