import { abortError, createEmitter, throwIfAborted, type Clock, type Timer } from '../../core/index.ts';
import { checkNumber } from '../check-number.ts';
import { outcomeOf } from '../outcome.ts';
import type { RetryBudget } from '../retry-budget.ts';
import { SYSTEM } from '../system.ts';
import { begin, contextOf, type Policy, type PolicyEvents, type Work, type WorkContext } from './policy.ts';

/** When a second attempt is sent beside the first. Give it only work that may happen twice. */
export interface HedgePolicyOptions {
  /** After so long without a result, in milliseconds. A function is asked each time: the observed p95, for instance. */
  readonly afterMs: number | (() => number);
  /** Counts the first. Default 2. */
  readonly maxAttempts?: number;
  /** Hedges are paid for like retries. Default: none. */
  readonly budget?: RetryBudget;
}

/**
 * Sends another attempt where one takes long, and takes the first success; the others' signals fire. An attempt that fails
 * makes the next one start at once; an error that is an answer ends them all. Rejects with the error of the attempt that
 * ended last. Throws RangeError, with the field's name, for options that make no sense.
 * Source: gRFC A6, hedging policy.
 */
export function hedgePolicy(
  options: HedgePolicyOptions,
  { clock }: { readonly clock: Pick<Clock, 'setTimer'> } = SYSTEM,
): Policy {
  const { afterMs, maxAttempts = 2, budget } = options;
  checkNumber('maxAttempts', maxAttempts, { min: 1, whole: true });
  if (typeof afterMs === 'number') checkNumber('afterMs', afterMs, { min: 0 });
  const delayMs = typeof afterMs === 'number' ? () => afterMs : afterMs;
  const events = createEmitter<PolicyEvents>();
  return {
    events,
    async execute(work, partial) {
      const context = contextOf(partial);
      throwIfAborted(context.signal);
      budget?.deposit();
      const mayHedge = (attempt: number) => attempt <= maxAttempts && (budget?.withdraw() ?? true);
      const onHedge = (attempt: number) => events.emit('hedged', { attempt });
      return race(work, context, { clock, delayMs, mayHedge, onHedge });
    },
  };
}

interface Race {
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly delayMs: () => number;
  /** Asked when the attempt of this number is due. */
  readonly mayHedge: (attempt: number) => boolean;
  readonly onHedge: (attempt: number) => void;
}

function race<Value>(
  work: Work<Value>,
  context: WorkContext,
  { clock, delayMs, mayHedge, onHedge }: Race,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const running = new Set<AbortController>();
    let attempts = 0;
    let timer: Timer | undefined;

    const end = () => {
      timer?.cancel();
      context.signal?.removeEventListener('abort', giveUp);
      for (const other of running) other.abort();
      running.clear();
    };
    const giveUp = () => {
      end();
      reject(abortError(context.signal));
    };
    const start = () => {
      attempts += 1;
      const own = new AbortController();
      running.add(own);
      timer?.cancel();
      timer = clock.setTimer(delayMs(), hedge);
      begin(work, { ...context, signal: own.signal, attempt: attempts }).then(
        (value) => {
          running.delete(own);
          end();
          resolve(value);
        },
        (error: unknown) => {
          if (running.delete(own)) failed(error);
        },
      );
    };
    const hedge = (): boolean => {
      if (!mayHedge(attempts + 1)) return false;
      onHedge(attempts + 1);
      start();
      return true;
    };
    const failed = (error: unknown) => {
      const isFinal = outcomeOf(error) !== 'failure';
      if (!isFinal && (hedge() || running.size > 0)) return;
      end();
      reject(error);
    };

    context.signal?.addEventListener('abort', giveUp, { once: true });
    start();
  });
}
