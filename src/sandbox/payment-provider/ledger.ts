import type { CardBrand } from './card-number.ts';
import { isBehaviour, testCard, type Behaviour, type DeclineCode } from './test-cards.ts';

/** A card as the provider remembers it: never its number. */
export interface CardToken {
  readonly token: string;
  readonly brand: CardBrand;
  readonly last4: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  /** What the card does, by its name in TEST_CARDS. */
  readonly behaviour: Behaviour;
  /** It was forgotten at the merchant's wish: what is authorized goes on, nothing new is. */
  readonly deletedAt?: string;
}

/** Money given back. Amounts are whole minor units (cents) of the authorization's currency, everywhere here. */
export interface Refund {
  readonly id: string;
  readonly amount: number;
  readonly createdAt: string;
}

/** Money taken. */
export interface Capture {
  readonly id: string;
  readonly amount: number;
  readonly createdAt: string;
  /** The sum of the refunds. */
  readonly refunded: number;
  readonly refunds: readonly Refund[];
}

/** What every authorization has. */
export interface AuthorizationTerms {
  readonly id: string;
  readonly token: string;
  readonly brand: CardBrand;
  readonly last4: string;
  readonly amount: number;
  readonly currency: string;
  /** The merchant's own name for what is paid: an order's or a payment's id. */
  readonly reference: string;
  readonly createdAt: string;
  /** From then on it can no longer be captured. */
  readonly expiresAt: string;
}

/** Money set aside, or the issuer's no. */
export type Authorization = AuthorizationTerms &
  (
    | { readonly status: 'DECLINED'; readonly declineCode: DeclineCode }
    | { readonly status: 'AUTHORIZED' }
    | { readonly status: 'VOIDED'; readonly voidedAt: string }
    | { readonly status: 'CAPTURED'; readonly capture: Capture }
    /** Never an event's: what AUTHORIZED is seen as from `expiresAt` on. */
    | { readonly status: 'EXPIRED' }
  );

/** One the issuer said no to. */
export type DeclinedAuthorization = Extract<Authorization, { status: 'DECLINED' }>;

/** One with money taken. */
export type CapturedAuthorization = Extract<Authorization, { status: 'CAPTURED' }>;

/** What can happen. Each event of an authorization carries it as it is afterwards: the fold only puts it in place. */
export type PaymentEvent =
  | { readonly type: 'TOKEN_CREATED' | 'TOKEN_DELETED'; readonly token: CardToken }
  | { readonly type: 'AUTHORIZED'; readonly authorization: Authorization }
  | { readonly type: 'AUTHORIZATION_DECLINED'; readonly authorization: DeclinedAuthorization }
  | { readonly type: 'VOIDED'; readonly authorization: Authorization }
  | {
      readonly type: 'CAPTURE_DECLINED';
      readonly authorization: Authorization;
      readonly amount: number;
      readonly declineCode: DeclineCode;
    }
  | { readonly type: 'CAPTURED'; readonly authorization: CapturedAuthorization }
  | {
      readonly type: 'REFUND_DECLINED';
      readonly authorization: CapturedAuthorization;
      readonly amount: number;
      readonly declineCode: DeclineCode;
    }
  | { readonly type: 'REFUNDED'; readonly authorization: CapturedAuthorization; readonly refund: Refund };

/** The state that the events make. Look-ups answer undefined for what never happened. */
export interface Ledger {
  apply(event: PaymentEvent): void;
  token(token: string): CardToken | undefined;
  authorization(id: string): Authorization | undefined;
  /** The authorization that this capture belongs to. */
  capturedBy(captureId: string): CapturedAuthorization | undefined;
  /** Oldest first. */
  withReference(reference: string): readonly Authorization[];
  /** Oldest first. */
  authorizations(): Iterable<Authorization>;
}

const READY_MADE_PREFIX = 'tok_test_';

/** True for one of the tokens that are there without a card number ever given. */
export function isReadyMade(token: string): boolean {
  return token.startsWith(READY_MADE_PREFIX);
}

/** An empty ledger. The ready-made test tokens are always in it. */
export function createLedger(): Ledger {
  const tokens = new Map<string, CardToken>();
  const authorizations = new Map<string, Authorization>();
  const authorizationByCapture = new Map<string, string>();
  const byReference = new Map<string, string[]>();

  function put(authorization: Authorization): void {
    if (!authorizations.has(authorization.id)) {
      const ids = byReference.get(authorization.reference);
      if (ids === undefined) byReference.set(authorization.reference, [authorization.id]);
      else ids.push(authorization.id);
    }
    authorizations.set(authorization.id, authorization);
    if (authorization.status === 'CAPTURED') authorizationByCapture.set(authorization.capture.id, authorization.id);
  }

  return {
    apply(event) {
      if ('token' in event) tokens.set(event.token.token, event.token);
      else put(event.authorization);
    },
    token(token) {
      if (!isReadyMade(token)) return tokens.get(token);
      const name = token.slice(READY_MADE_PREFIX.length);
      return isBehaviour(name) ? readyMade(token, name) : undefined;
    },
    authorization: (id) => authorizations.get(id),
    capturedBy(captureId) {
      const authorization = authorizations.get(authorizationByCapture.get(captureId) ?? '');
      return authorization?.status === 'CAPTURED' ? authorization : undefined;
    },
    withReference: (reference) => (byReference.get(reference) ?? []).flatMap((id) => authorizations.get(id) ?? []),
    authorizations: () => authorizations.values(),
  };
}

/** The authorization as it is seen at an instant: one that was neither captured nor voided in time has expired. */
export function seenAt(authorization: Authorization, nowMs: number): Authorization {
  const expired = authorization.status === 'AUTHORIZED' && nowMs >= Date.parse(authorization.expiresAt);
  return expired ? { ...authorization, status: 'EXPIRED' } : authorization;
}

function readyMade(token: string, behaviour: Behaviour): CardToken {
  const { brand, number } = testCard(behaviour);
  return { token, brand, last4: number.slice(-4), expiryMonth: 12, expiryYear: 2099, behaviour };
}
