import { ApiError, conflict, notFound } from '../http/index.ts';
import { brandOf, passesLuhn } from './card-number.ts';
import {
  isReadyMade,
  seenAt,
  type Authorization,
  type AuthorizationTerms,
  type CapturedAuthorization,
  type CardToken,
  type Ledger,
  type PaymentEvent,
} from './ledger.ts';
import { behaviourOf, testCard, type TestCard } from './test-cards.ts';

/** What a decision takes from outside: an id for what it makes, and the instant. */
export interface Moment {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** A card as a buyer types it. */
export interface CardDetails {
  /** Digits only. */
  readonly number: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  readonly cvc: string;
}

/** What a merchant wants set aside. */
export type AuthorizationRequest = Pick<AuthorizationTerms, 'token' | 'amount' | 'currency' | 'reference'>;

/** Schemes hold an authorization for about a week. */
const AUTHORIZATION_LIFETIME_MS = 7 * 24 * 60 * 60 * 1_000;

/** Replaces a card by a token. Throws ApiError 422: CARD_NUMBER_INVALID, CARD_EXPIRED, CVC_INVALID, CARD_NOT_SUPPORTED. */
export function tokenize(card: CardDetails, { id, nowMs }: Moment): PaymentEvent {
  const { number, expiryMonth, expiryYear, cvc } = card;
  if (!passesLuhn(number)) throw cardError('CARD_NUMBER_INVALID', 'the card number fails its check digit');
  // Good until the end of its month; Date.UTC counts months from 0, so this is the first instant after it.
  if (Date.UTC(expiryYear, expiryMonth) <= nowMs) throw cardError('CARD_EXPIRED', 'the card has expired');
  const brand = brandOf(number);
  if (brand === 'unknown') throw cardError('CARD_NOT_SUPPORTED', 'no network we know issues such cards');
  const digits = brand === 'amex' ? 4 : 3;
  if (cvc.length !== digits) throw cardError('CVC_INVALID', `the security code has ${digits} digits`);
  const behaviour = behaviourOf(number);
  return {
    type: 'TOKEN_CREATED',
    token: { token: `tok_${id}`, brand, last4: number.slice(-4), expiryMonth, expiryYear, behaviour },
  };
}

/** Forgets a card. Throws ApiError: 404 TOKEN_NOT_FOUND, 409 TOKEN_READY_MADE for a test token. */
export function deleteToken(ledger: Ledger, token: string, { nowMs }: Moment): PaymentEvent {
  const card = liveToken(ledger, token);
  if (isReadyMade(token)) throw conflict('TOKEN_READY_MADE', `${token} is always there`);
  return { type: 'TOKEN_DELETED', token: { ...card, deletedAt: new Date(nowMs).toISOString() } };
}

/** The token, unless it never was or was deleted: ApiError 404 TOKEN_NOT_FOUND. */
export function liveToken(ledger: Ledger, token: string): CardToken {
  const card = ledger.token(token);
  if (card === undefined || card.deletedAt !== undefined) throw notFound('TOKEN_NOT_FOUND', `no token ${token}`);
  return card;
}

/** Sets money aside, or records the issuer's no. Throws ApiError 404 TOKEN_NOT_FOUND. */
export function authorize(ledger: Ledger, request: AuthorizationRequest, { id, nowMs }: Moment): PaymentEvent {
  const card = liveToken(ledger, request.token);
  const { declines, authorizationLifetimeMs = AUTHORIZATION_LIFETIME_MS } = testCard(card.behaviour);
  const terms: AuthorizationTerms = {
    id: `auth_${id}`,
    ...request,
    brand: card.brand,
    last4: card.last4,
    createdAt: new Date(nowMs).toISOString(),
    expiresAt: new Date(nowMs + authorizationLifetimeMs).toISOString(),
  };
  const declineCode = declines?.authorize;
  return declineCode === undefined
    ? { type: 'AUTHORIZED', authorization: { ...terms, status: 'AUTHORIZED' } }
    : { type: 'AUTHORIZATION_DECLINED', authorization: { ...terms, status: 'DECLINED', declineCode } };
}

/**
 * Takes the money, all of it unless told less, once; what is not taken is let go. Throws ApiError: 404
 * AUTHORIZATION_NOT_FOUND, 409 by state, 422 AMOUNT_TOO_LARGE.
 */
export function capture(
  ledger: Ledger,
  request: { readonly authorizationId: string; readonly amount: number | undefined },
  { id, nowMs }: Moment,
): PaymentEvent {
  const authorization = authorized(ledger, request.authorizationId, nowMs);
  const amount = request.amount ?? authorization.amount;
  if (amount > authorization.amount) throw tooLarge(amount, authorization.amount);
  const declineCode = cardOf(ledger, authorization)?.declines?.capture;
  if (declineCode !== undefined) return { type: 'CAPTURE_DECLINED', authorization, amount, declineCode };
  const createdAt = new Date(nowMs).toISOString();
  return {
    type: 'CAPTURED',
    authorization: {
      ...authorization,
      status: 'CAPTURED',
      capture: { id: `cap_${id}`, amount, createdAt, refunded: 0, refunds: [] },
    },
  };
}

/** Lets the money go. Throws ApiError: 404 AUTHORIZATION_NOT_FOUND (it never happened), 409 by state. */
export function voidAuthorization(ledger: Ledger, authorizationId: string, { nowMs }: Moment): PaymentEvent {
  const authorization = authorized(ledger, authorizationId, nowMs);
  return {
    type: 'VOIDED',
    authorization: { ...authorization, status: 'VOIDED', voidedAt: new Date(nowMs).toISOString() },
  };
}

/** Gives money back, all that is left unless told less. Throws ApiError: 404 CAPTURE_NOT_FOUND, 409 ALREADY_REFUNDED, 422. */
export function refund(
  ledger: Ledger,
  request: { readonly captureId: string; readonly amount: number | undefined },
  { id, nowMs }: Moment,
): PaymentEvent {
  const authorization = captured(ledger, request.captureId);
  const { capture } = authorization;
  const left = capture.amount - capture.refunded;
  if (left === 0) throw conflict('ALREADY_REFUNDED', `all of ${capture.id} was refunded`);
  const amount = request.amount ?? left;
  if (amount > left) throw tooLarge(amount, left);
  const declineCode = cardOf(ledger, authorization)?.declines?.refund;
  if (declineCode !== undefined) return { type: 'REFUND_DECLINED', authorization, amount, declineCode };
  const made = { id: `re_${id}`, amount, createdAt: new Date(nowMs).toISOString() };
  return {
    type: 'REFUNDED',
    refund: made,
    authorization: {
      ...authorization,
      capture: { ...capture, refunded: capture.refunded + amount, refunds: [...capture.refunds, made] },
    },
  };
}

/** What the card behind an authorization does. */
export function cardOf(ledger: Ledger, authorization: Authorization | undefined): TestCard | undefined {
  const token = authorization === undefined ? undefined : ledger.token(authorization.token);
  return token === undefined ? undefined : testCard(token.behaviour);
}

function authorized(ledger: Ledger, id: string, nowMs: number): Extract<Authorization, { status: 'AUTHORIZED' }> {
  const found = ledger.authorization(id);
  if (found === undefined) throw notFound('AUTHORIZATION_NOT_FOUND', `no authorization ${id}`);
  const authorization = seenAt(found, nowMs);
  if (authorization.status === 'AUTHORIZED') return authorization;
  throw conflict(`AUTHORIZATION_${authorization.status}`, `${id} is ${authorization.status}`);
}

function captured(ledger: Ledger, captureId: string): CapturedAuthorization {
  const authorization = ledger.capturedBy(captureId);
  if (authorization === undefined) throw notFound('CAPTURE_NOT_FOUND', `no capture ${captureId}`);
  return authorization;
}

function cardError(code: string, message: string): ApiError {
  return new ApiError({ status: 422, code, message });
}

function tooLarge(amount: number, most: number): ApiError {
  return new ApiError({
    status: 422,
    code: 'AMOUNT_TOO_LARGE',
    message: `${amount} is more than the ${most} there is`,
  });
}
