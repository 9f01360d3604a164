import type { Fault } from '../mutation/index.ts';
import type { CardBrand } from './card-number.ts';

/** Why an issuer says no. */
export type DeclineCode = 'insufficient_funds' | 'stolen_card' | 'do_not_honor' | 'expired_card' | 'account_closed';

/** What a merchant may ask for on a card. */
export type PaymentAction = 'authorize' | 'capture' | 'void' | 'refund';

/** A card of the stand-in and everything it does. */
export interface TestCard {
  /** Luhn-valid; any expiry that is not past and any security code of the right length go with it. */
  readonly number: string;
  readonly brand: CardBrand;
  /** For the README: what happens. */
  readonly does: string;
  readonly declines?: Readonly<Partial<Record<'authorize' | 'capture' | 'refund', DeclineCode>>>;
  readonly faults?: Readonly<Partial<Record<PaymentAction, Fault>>>;
  /** How long an authorization stands, in milliseconds. Default: a week. */
  readonly authorizationLifetimeMs?: number;
}

const ALWAYS = Number.POSITIVE_INFINITY;

/**
 * The test cards by the name of what they do. Each can also be used without its number, as the ready-made token
 * `tok_test_<name>`: `tok_test_approve`. Other numbers that pass the Luhn check do as `approve` does.
 * Faults count per Idempotency-Key (see `Fault`); "late" is the provider's `lateMs`, 8 s by default.
 */
export const TEST_CARDS = {
  approve: { number: '4242424242424242', brand: 'visa', does: 'everything succeeds' },
  approve_mastercard: { number: '5555555555554444', brand: 'mastercard', does: 'everything succeeds' },
  approve_amex: {
    number: '378282246310005',
    brand: 'amex',
    does: 'everything succeeds; its security code has 4 digits',
  },
  insufficient_funds: {
    number: '4000000000009995',
    brand: 'visa',
    does: 'authorization declined, insufficient_funds',
    declines: { authorize: 'insufficient_funds' },
  },
  stolen: {
    number: '4000000000009979',
    brand: 'visa',
    does: 'authorization declined, stolen_card',
    declines: { authorize: 'stolen_card' },
  },
  do_not_honor: {
    number: '4000000000000002',
    brand: 'visa',
    does: 'authorization declined, do_not_honor',
    declines: { authorize: 'do_not_honor' },
  },
  expired: {
    number: '4000000000000069',
    brand: 'visa',
    does: 'authorization declined, expired_card',
    declines: { authorize: 'expired_card' },
  },
  capture_declined: {
    number: '4000000000000341',
    brand: 'visa',
    does: 'authorized, then declined at capture, insufficient_funds; it can still be voided',
    declines: { capture: 'insufficient_funds' },
  },
  authorize_late_reply: {
    number: '4000000000001018',
    brand: 'visa',
    does: 'authorized at once, the answer comes late (time-out, yet it succeeded)',
    faults: { authorize: 'late-reply' },
  },
  authorize_late: {
    number: '4000000000001026',
    brand: 'visa',
    does: 'authorization and answer both come late; unknown until then (late success)',
    faults: { authorize: 'late-effect' },
  },
  authorize_reply_lost: {
    number: '4000000000001034',
    brand: 'visa',
    does: 'authorized, but the first answer is lost: the connection is cut',
    faults: { authorize: 'reply-lost' },
  },
  capture_late_reply: {
    number: '4000000000001042',
    brand: 'visa',
    does: 'captured at once, the answer comes late',
    faults: { capture: 'late-reply' },
  },
  capture_late: {
    number: '4000000000001059',
    brand: 'visa',
    does: 'capture and answer both come late; unknown until then',
    faults: { capture: 'late-effect' },
  },
  capture_reply_lost: {
    number: '4000000000001067',
    brand: 'visa',
    does: 'captured, but the first answer is lost',
    faults: { capture: 'reply-lost' },
  },
  authorize_error_once: {
    number: '4000000000001075',
    brand: 'visa',
    does: 'the first authorization of a key gets 500 without effect, the next succeeds',
    faults: { authorize: { refuses: 500, times: 1 } },
  },
  capture_error_once: {
    number: '4000000000001083',
    brand: 'visa',
    does: 'the first capture of a key gets 500 without effect, the next succeeds',
    faults: { capture: { refuses: 500, times: 1 } },
  },
  unavailable: {
    number: '4000000000001091',
    brand: 'visa',
    does: 'every authorization gets 503, for ever',
    faults: { authorize: { refuses: 503, times: ALWAYS } },
  },
  capture_unavailable: {
    number: '4000000000001109',
    brand: 'visa',
    does: 'authorized, then every capture gets 503, for ever',
    faults: { capture: { refuses: 503, times: ALWAYS } },
  },
  undo_fails_5_times: {
    number: '4000000000001117',
    brand: 'visa',
    does: 'voids and refunds get 503 five times per key, then succeed',
    faults: { void: { refuses: 503, times: 5 }, refund: { refuses: 503, times: 5 } },
  },
  undo_fails: {
    number: '4000000000001125',
    brand: 'visa',
    does: 'voids and refunds get 503, for ever',
    faults: { void: { refuses: 503, times: ALWAYS }, refund: { refuses: 503, times: ALWAYS } },
  },
  capture_declined_undo_fails_5_times: {
    number: '4000000000001133',
    brand: 'visa',
    does: 'declined at capture, and the void gets 503 five times before it succeeds',
    declines: { capture: 'insufficient_funds' },
    faults: { void: { refuses: 503, times: 5 } },
  },
  capture_declined_undo_fails: {
    number: '4000000000001141',
    brand: 'visa',
    does: 'declined at capture, and the void gets 503, for ever',
    declines: { capture: 'insufficient_funds' },
    faults: { void: { refuses: 503, times: ALWAYS } },
  },
  refund_declined: {
    number: '4000000000001158',
    brand: 'visa',
    does: 'captured, then every refund is declined, account_closed',
    declines: { refund: 'account_closed' },
  },
  undo_reply_lost: {
    number: '4000000000001174',
    brand: 'visa',
    does: 'voided or refunded, but the first answer is lost',
    faults: { void: 'reply-lost', refund: 'reply-lost' },
  },
  authorization_expires: {
    number: '4000000000001166',
    brand: 'visa',
    does: 'authorized, but only for a millisecond: capture gets 409 AUTHORIZATION_EXPIRED',
    authorizationLifetimeMs: 1,
  },
} as const satisfies Record<string, TestCard>;

/** The name of what a card does. */
export type Behaviour = keyof typeof TEST_CARDS;

const BY_NUMBER = new Map<string, Behaviour>(
  behaviours().map((behaviour) => [TEST_CARDS[behaviour].number, behaviour]),
);

/** Every name in the table. */
export function behaviours(): readonly Behaviour[] {
  return Object.keys(TEST_CARDS) as Behaviour[]; // the table is a constant of this file
}

/** True for a name in the table. */
export function isBehaviour(name: string): name is Behaviour {
  return Object.hasOwn(TEST_CARDS, name);
}

/** What the card with this number does. */
export function behaviourOf(cardNumber: string): Behaviour {
  return BY_NUMBER.get(cardNumber) ?? 'approve';
}

/** The card that does so. */
export function testCard(behaviour: Behaviour): TestCard {
  return TEST_CARDS[behaviour];
}
