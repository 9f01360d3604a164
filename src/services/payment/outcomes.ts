import type { AppError } from '../../chassis/core/index.ts';
import type { Payment, PaymentEvent } from './domain.ts';
import type { AuthorizationAnswer, CaptureAnswer, RefundAnswer } from './provider-client.ts';
import { authorizationVoided, captureRefused, declined, refundRefused } from './refusals.ts';

/** What an answer of the provider means: what happens to the payment, and what the caller hears of it. */
export interface Outcome {
  readonly event: PaymentEvent;
  /** The provider's own id of what it did; empty when it refused. */
  readonly providerReference: string;
  /** What the caller is refused with, given the payment as the event left it; undefined: the command succeeded. */
  readonly refusal: (after: Payment) => AppError | undefined;
}

const none = () => undefined;

/** A payment that was being voided meanwhile is not authorized, whatever the provider said. */
export function authorizationOutcome(answer: AuthorizationAnswer): Outcome {
  const { providerReference } = answer;
  if (answer.type === 'approved') {
    const event = { ...answer, type: 'authorization-approved' } as const;
    return {
      event,
      providerReference,
      refusal: (after) => (after.state === 'AUTHORIZED' ? undefined : authorizationVoided(after)),
    };
  }
  const event = { ...answer, type: 'authorization-declined' } as const;
  return {
    event,
    providerReference,
    refusal: (after) => (after.state === 'DECLINED' ? declined(after) : authorizationVoided(after)),
  };
}

/** A capture of so many minor units. */
export function captureOutcome(answer: CaptureAnswer, minor: bigint): Outcome {
  if (answer.type === 'captured') {
    const { captureReference } = answer;
    return { event: { type: 'captured', minor, captureReference }, providerReference: captureReference, refusal: none };
  }
  const { holdGone, code } = answer;
  return {
    event: { type: 'capture-refused', holdGone },
    providerReference: '',
    refusal: (after) => captureRefused(after, code),
  };
}

/** A void; it cannot be refused. */
export function voidOutcome(providerReference: string): Outcome {
  return { event: { type: 'voided' }, providerReference, refusal: none };
}

/** A refund of so many minor units. */
export function refundOutcome(answer: RefundAnswer, minor: bigint): Outcome {
  if (answer.type === 'refunded') {
    const { refundReference } = answer;
    return { event: { type: 'refunded', minor, refundReference }, providerReference: refundReference, refusal: none };
  }
  return {
    event: { type: 'refund-refused', minor },
    providerReference: '',
    refusal: (after) => refundRefused(after, answer.code),
  };
}
