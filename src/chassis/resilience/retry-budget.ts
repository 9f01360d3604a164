import type { Clock } from '../core/index.ts';

/** How many retries a target can stand. */
export interface RetryBudgetOptions {
  /** Each call that pays in pays so much: 0.2 allows one retry for five calls. */
  readonly ratio: number;
  /** Paid in per second whatever the traffic, so that a client with few calls may retry at all. */
  readonly perSecond: number;
  /** It holds no more, and begins full: the burst when one of a few backends dies under many calls. */
  readonly capacity: number;
}

/** Defaults: a fifth more load in a lasting failure, and room for some hundred calls that fail at once. */
export const DEFAULT_RETRY_BUDGET: RetryBudgetOptions = { ratio: 0.2, perSecond: 10, capacity: 500 };

/** Counts the retries and hedges of one target, over all its clients and methods, so that they never become the overload. */
export interface RetryBudget {
  /** Pays in for one call. The chassis's clients do it when a call is answered, so that an outage pays for no retries (gRFC A6). */
  deposit(): void;
  /** Takes one retry; false: there is none left, do not retry. */
  withdraw(): boolean;
  /** For gauges. */
  readonly balance: number;
  /** Holds from here on; what is in it stays, up to the new capacity. */
  configure(options: RetryBudgetOptions): void;
}

/** A full budget. Source: Finagle's RetryBudget; the purpose is that of gRFC A6's retry throttling. */
export function createRetryBudget(options: RetryBudgetOptions, clock: Clock): RetryBudget {
  let { ratio, perSecond, capacity } = options;
  let balance = capacity;
  let filledAtMs = clock.monotonicMs();

  const fill = () => {
    const nowMs = clock.monotonicMs();
    balance = Math.min(capacity, balance + ((nowMs - filledAtMs) / 1_000) * perSecond);
    filledAtMs = nowMs;
  };
  return {
    deposit() {
      balance = Math.min(capacity, balance + ratio);
    },
    withdraw() {
      fill();
      if (balance < 1) return false;
      balance -= 1;
      return true;
    },
    get balance() {
      fill();
      return balance;
    },
    configure(next) {
      fill();
      ({ ratio, perSecond, capacity } = next);
      balance = Math.min(capacity, balance);
    },
  };
}
