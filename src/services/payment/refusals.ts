import { AppError, type ErrorStatus } from '../../chassis/core/index.ts';
import type { Payment } from './domain.ts';

/** NOT_FOUND, PAYMENT_NOT_FOUND. */
export function paymentNotFound(id: string): AppError {
  return missing('PAYMENT_NOT_FOUND', 'payment', id);
}

/** NOT_FOUND, PAYMENT_METHOD_NOT_FOUND. */
export function methodNotFound(id: string): AppError {
  return missing('PAYMENT_METHOD_NOT_FOUND', 'payment method', id);
}

/** FAILED_PRECONDITION, PAYMENT_METHOD_MISSING. */
export function methodMissing(): AppError {
  return refusal('PAYMENT_METHOD_MISSING', 'no card was named and the user has no default one');
}

/** FAILED_PRECONDITION, PAYMENT_METHOD_EXPIRED. */
export function methodExpired(id: string): AppError {
  return refusal('PAYMENT_METHOD_EXPIRED', 'the last month of the card has passed', { payment_method_id: id });
}

/** ALREADY_EXISTS, ORDER_HAS_PAYMENT. */
export function orderHasPayment({ id, orderId, state }: Payment): AppError {
  const metadata = { payment_id: id, state };
  const message = `the order ${orderId} has a payment that is ${state}`;
  return refusal('ORDER_HAS_PAYMENT', message, metadata, 'ALREADY_EXISTS');
}

/** FAILED_PRECONDITION, PAYMENT_DECLINED. */
export function declined({ id, declineCode }: Payment): AppError {
  const metadata = { payment_id: id, decline_code: declineCode };
  return refusal('PAYMENT_DECLINED', `the payment was declined: ${declineCode}`, metadata);
}

/** FAILED_PRECONDITION, AUTHORIZATION_VOIDED. */
export function authorizationVoided({ id }: Payment): AppError {
  return refusal('AUTHORIZATION_VOIDED', 'the authorization was voided before it was answered', { payment_id: id });
}

/** FAILED_PRECONDITION, CAPTURE_REFUSED; `code` is the provider's word for why. */
export function captureRefused({ id, state }: Payment, code: string): AppError {
  const message = `the provider refused the capture: ${code}`;
  return refusal('CAPTURE_REFUSED', message, { payment_id: id, state, decline_code: code });
}

/** FAILED_PRECONDITION, REFUND_REFUSED; `code` is the provider's word for why. */
export function refundRefused({ id, state }: Payment, code: string): AppError {
  const message = `the provider refused the refund: ${code}`;
  return refusal('REFUND_REFUSED', message, { payment_id: id, state, decline_code: code });
}

/** FAILED_PRECONDITION, CARD_REFUSED; `code` is the provider's word for why. */
export function cardRefused(code: string): AppError {
  return refusal('CARD_REFUSED', `the provider does not take the card: ${code}`, { code });
}

/** RESOURCE_EXHAUSTED, TOO_MANY_PAYMENT_METHODS. */
export function tooManyCards(userId: string, max: number): AppError {
  const description = `a user may keep ${max} cards`;
  return new AppError({
    status: 'RESOURCE_EXHAUSTED',
    reason: 'TOO_MANY_PAYMENT_METHODS',
    message: description,
    details: [{ kind: 'quotaFailure', violations: [{ subject: `users/${userId}`, description }] }],
  });
}

function missing(reason: string, resourceType: string, resourceName: string): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason,
    message: `no ${resourceType} has the id ${resourceName}`,
    details: [{ kind: 'resourceInfo', resourceType, resourceName }],
  });
}

function refusal(
  reason: string,
  message: string,
  metadata: Readonly<Record<string, string>> = {},
  status: ErrorStatus = 'FAILED_PRECONDITION',
): AppError {
  return new AppError({ status, reason, message, metadata });
}
