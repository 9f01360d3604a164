import { assertNever, backoffMs, type Random } from '../../../chassis/core/index.ts';

/** What came of one attempt to hand a message to its channel. */
export type Delivery =
  /** The channel took it; `reference` is its name for the message, where it says later what became of it. */
  | { readonly type: 'accepted'; readonly reference?: string }
  /** The channel will never take it. */
  | { readonly type: 'refused'; readonly error: string }
  /** It may pass: not now, not reached, or nobody knows. */
  | { readonly type: 'failed'; readonly error: string }
  /** There is nobody to hand it to in this installation. */
  | { readonly type: 'no-provider'; readonly error: string };

/** How often and when a message is tried. */
export interface RetryPolicy {
  /** Counts the first. */
  readonly maxAttempts: number;
  /** The bound of the first wait, in milliseconds; doubled each time. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Where an attempt leads. */
export type Settlement =
  | { readonly state: 'SENT'; readonly attempts: number; readonly reference?: string }
  | { readonly state: 'FAILED'; readonly attempts: number; readonly error: string }
  | { readonly state: 'QUEUED'; readonly attempts: number; readonly error: string; readonly delayMs: number };

/** What happens to a message after its attempt number `attempts`. */
export function settle(delivery: Delivery, attempts: number, policy: RetryPolicy, random: Random): Settlement {
  switch (delivery.type) {
    case 'accepted':
      return {
        state: 'SENT',
        attempts,
        ...(delivery.reference !== undefined && { reference: delivery.reference }),
      };
    case 'refused':
      return { state: 'FAILED', attempts, error: delivery.error };
    case 'no-provider':
      return { state: 'FAILED', attempts: attempts - 1, error: delivery.error }; // it was handed to nobody
    case 'failed': {
      const { error } = delivery;
      if (attempts >= policy.maxAttempts) {
        return { state: 'FAILED', attempts, error: `given up after ${attempts} attempts: ${error}` };
      }
      return { state: 'QUEUED', attempts, error, delayMs: backoffMs(attempts, policy, random) };
    }
    default:
      return assertNever(delivery);
  }
}

/** The Message-ID of an e-mail: the same at every attempt, so that a resend can be recognised. Source: RFC 5322, 3.6.4 */
export function messageIdOf(notificationId: string, domain: string): string {
  return `<${notificationId}@${domain}>`;
}
