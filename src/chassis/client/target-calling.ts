import { createEmitter, type Clock, type Events, type Random } from '../core/index.ts';
import type { BreakerConfig, CallingConfig } from '../middleware/client/index.ts';
import {
  DEFAULT_RETRY_BUDGET,
  createBulkhead,
  createRetryBudget,
  type BreakerEvents,
  type BreakerState,
  type Bulkhead,
  type BulkheadStatus,
  type CircuitBreaker,
  type RetryBudget,
} from '../resilience/index.ts';
import { createBreaker } from './breakers.ts';
import { MethodCalling, type CalledMethod } from './method-calling.ts';

/** What happens to the breakers of a target. */
export interface TargetCallingEvents {
  breakerState: BreakerEvents['stateChanged'] & { readonly method: string };
}

/** A method's breaker at one moment. */
export interface BreakerStatus {
  /** "/package.Service/Method". */
  readonly method: string;
  readonly state: BreakerState;
  /** Calls refused since it was made. */
  readonly rejections: number;
}

/** How calls to a target are made at the moment, for gauges and the admin port. */
export interface CallingStatus {
  /** Retries and hedges that may be sent at once. */
  readonly retryBudget: number;
  readonly bulkhead: BulkheadStatus | undefined;
  readonly breakers: readonly BreakerStatus[];
}

/** How calls to one target are made: what all its clients share. */
export interface TargetCalling {
  readonly budget: RetryBudget;
  readonly events: Events<TargetCallingEvents>;
  /** The same object for the same path, which follows the config. */
  of(method: CalledMethod): MethodCalling;
  /** Takes effect with the next call. Counts stay where the part that counts stays as it is. */
  configure(config: CallingConfig): void;
  status(): CallingStatus;
}

/** One per target. */
export function createTargetCalling(
  target: string,
  initial: CallingConfig,
  deps: { readonly clock: Clock; readonly random: Random },
): TargetCalling {
  const events = createEmitter<TargetCallingEvents>();
  const methods = new Map<string, MethodCalling>();
  const budget = createRetryBudget(initial.retry?.budget ?? DEFAULT_RETRY_BUDGET, deps.clock);
  let config = initial;
  let bulkhead = bulkheadOf(undefined);

  function bulkheadOf(existing: Bulkhead | undefined): Bulkhead | undefined {
    if (config.bulkhead === undefined) return undefined;
    if (existing === undefined) return createBulkhead(target, config.bulkhead, deps);
    existing.resize(config.bulkhead);
    return existing;
  }

  const breakerOf = (method: string, options: BreakerConfig | undefined): CircuitBreaker | undefined => {
    if (options === undefined) return undefined;
    const breaker = createBreaker(options, deps);
    breaker.events.on('stateChanged', (change) => events.emit('breakerState', { ...change, method }));
    return breaker;
  };

  return {
    budget,
    events,
    of(method) {
      const known = methods.get(method.path);
      if (known !== undefined) return known;
      const made = new MethodCalling(method);
      made.configure(config, { breaker: breakerOf(method.path, config.breaker), bulkhead });
      methods.set(method.path, made);
      return made;
    },
    configure(next) {
      const isSameBreaker = JSON.stringify(next.breaker) === JSON.stringify(config.breaker);
      config = next;
      bulkhead = bulkheadOf(bulkhead);
      budget.configure(config.retry?.budget ?? DEFAULT_RETRY_BUDGET);
      for (const [path, calling] of methods) {
        const breaker = isSameBreaker ? calling.breaker : breakerOf(path, config.breaker);
        calling.configure(config, { breaker, bulkhead });
      }
    },
    status: () => ({
      retryBudget: budget.balance,
      bulkhead: bulkhead?.status,
      breakers: [...methods].flatMap(([method, { breaker }]) =>
        breaker === undefined ? [] : [{ method, state: breaker.state, rejections: breaker.rejections }],
      ),
    }),
  };
}
