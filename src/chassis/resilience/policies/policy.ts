import type { Events } from '../../core/index.ts';
import type { BreakerEvents } from '../circuit-breaker.ts';
import type { RejectionReason } from '../rejections.ts';

/** What a piece of work is told. */
export interface WorkContext {
  /** Fires when nobody waits for the result any more; undefined: that cannot happen. */
  readonly signal: AbortSignal | undefined;
  /** 1 for the first; a retry or a hedge counts on. */
  readonly attempt: number;
  /** On the monotonic clock; undefined: none. Whoever waits in a queue waits no longer. */
  readonly deadlineMs: number | undefined;
}

/** Anything that ends. It should stop when its signal fires; policies do not wait for it to. */
export type Work<Value> = (context: WorkContext) => Promise<Value>;

/** What a policy tells. */
export interface PolicyEvents {
  /** Another attempt follows after the wait. */
  readonly retried: { readonly attempt: number; readonly delayMs: number; readonly error: unknown };
  /** Another attempt was sent beside one that takes long. */
  readonly hedged: { readonly attempt: number };
  readonly timedOut: { readonly timeoutMs: number };
  /** Refused before the work was begun. The subject is what was guarded: "the payment provider". */
  readonly rejected: { readonly subject: string; readonly reason: RejectionReason };
  /** The fallback's value was given in place of the work's. */
  readonly fellBack: { readonly error: unknown };
  readonly breakerChanged: BreakerEvents['stateChanged'] & { readonly subject: string };
}

/**
 * A rule for how work is carried out, around any promise. It is made once and used for many calls, which share what it
 * counts. `Fallback` is what comes in place of the work's value: never, unless there is a fallback in it.
 */
export interface Policy<Fallback = never> {
  readonly events: Events<PolicyEvents>;
  /**
   * Settles as the work does, within the policy's rules. Rejects with AppError where the policy ends it, with an AbortError
   * where the signal does.
   */
  execute<Value>(work: Work<Value>, context?: Partial<WorkContext>): Promise<Value | Fallback>;
}

/** The whole context of work that was given a part of one. */
export function contextOf({ signal, attempt = 1, deadlineMs }: Partial<WorkContext> = {}): WorkContext {
  return { signal, attempt, deadlineMs };
}

/** The work's promise, also where the work throws before it has made one. */
export async function begin<Value>(work: Work<Value>, context: WorkContext): Promise<Value> {
  return work(context);
}
