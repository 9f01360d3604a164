import { z } from 'zod';

import { ApiError } from '../http/index.ts';
import type { PaymentEvent } from './ledger.ts';
import type { DeclineCode } from './test-cards.ts';

const amount = z.int().min(1).max(1_000_000_000_000);

/** POST /v1/tokens. Blanks and dashes in the number are fine. */
export const tokenBody = z.strictObject({
  number: z
    .string()
    .transform((text) => text.replaceAll(/[ -]/g, ''))
    .pipe(z.string().regex(/^\d{12,19}$/, 'must have 12 to 19 digits')),
  expiryMonth: z.int().min(1).max(12),
  expiryYear: z.int().min(2000).max(2100),
  cvc: z.string().regex(/^\d{3,4}$/, 'must have 3 or 4 digits'),
});

/** POST /v1/authorizations. Amounts are whole minor units: 1999 with "EUR" is 19.99 euro. */
export const authorizationBody = z.strictObject({
  token: z.string().min(1).max(100),
  amount,
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be three letters of ISO 4217'),
  reference: z.string().min(1).max(200),
});

/** POST .../capture and .../refund: without an amount, all of it. */
export const partialBody = z.strictObject({ amount: amount.optional() });

/** POST .../void: an empty object. */
export const emptyBody = z.strictObject({});

/** What the one who asked hears, now and at each repeat. */
export function answerTo(event: PaymentEvent): { readonly status: number; readonly json: unknown } {
  switch (event.type) {
    case 'TOKEN_CREATED':
      return { status: 201, json: event.token };
    case 'AUTHORIZED':
      return { status: 201, json: event.authorization };
    case 'AUTHORIZATION_DECLINED':
      return declined(event.authorization.declineCode, event.authorization.id);
    case 'TOKEN_DELETED':
      return { status: 200, json: event.token };
    case 'CAPTURE_DECLINED':
    case 'REFUND_DECLINED':
      return declined(event.declineCode, event.authorization.id);
    case 'CAPTURED':
    case 'VOIDED':
    case 'REFUNDED':
      return { status: 200, json: event.authorization };
  }
}

/** The event as GET /v1/operations shows it. */
export function describe(event: PaymentEvent): object {
  if ('token' in event) return { type: event.type, token: event.token.token };
  const { id, reference, currency, token, last4 } = event.authorization;
  const common = { type: event.type, authorizationId: id, reference, currency, token, last4 };
  switch (event.type) {
    case 'AUTHORIZED':
    case 'VOIDED':
      return { ...common, amount: event.authorization.amount };
    case 'AUTHORIZATION_DECLINED':
      return { ...common, amount: event.authorization.amount, declineCode: event.authorization.declineCode };
    case 'CAPTURE_DECLINED':
      return { ...common, amount: event.amount, declineCode: event.declineCode };
    case 'CAPTURED':
      return { ...common, amount: event.authorization.capture.amount, captureId: event.authorization.capture.id };
    case 'REFUND_DECLINED':
      return {
        ...common,
        amount: event.amount,
        captureId: event.authorization.capture.id,
        declineCode: event.declineCode,
      };
    case 'REFUNDED':
      return {
        ...common,
        amount: event.refund.amount,
        captureId: event.authorization.capture.id,
        refundId: event.refund.id,
      };
  }
}

function declined(
  declineCode: DeclineCode,
  authorizationId: string,
): { readonly status: number; readonly json: unknown } {
  const error = new ApiError({
    status: 402,
    code: 'CARD_DECLINED',
    message: `the issuer declined: ${declineCode}`,
    extra: { declineCode, authorizationId },
  });
  return { status: error.status, json: error.body };
}
