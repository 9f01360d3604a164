import { invalidArgument, type FieldViolation } from '../../../chassis/core/index.ts';

/** A card as its holder types it in. Lives as long as the call that brought it. */
export interface CardDetails {
  /** Digits only. */
  readonly number: string;
  readonly cvc: string;
  /** 1 to 12. */
  readonly expiryMonth: number;
  readonly expiryYear: number;
  readonly holderName: string;
}

/** How many cards one user may keep. */
export const MAX_CARDS = 20;

/** INVALID_ARGUMENT, CARD_INVALID, for a wrong check digit or a month that has passed. Never quotes the number. */
export function assertUsable(card: CardDetails, nowMs: number): void {
  const violations: FieldViolation[] = [];
  if (!passesLuhn(card.number)) violations.push({ field: 'card.number', description: 'its check digit is wrong' });
  if (hasExpired(card, nowMs)) violations.push({ field: 'card.expiry_month', description: 'the card has expired' });
  if (violations.length > 0) throw invalidArgument(violations, 'CARD_INVALID');
}

/** True when the card's last month has passed; it is good to the end of that month, by UTC. */
export function hasExpired(card: Pick<CardDetails, 'expiryMonth' | 'expiryYear'>, nowMs: number): boolean {
  // Date.UTC counts months from 0, so this is the first instant of the month after.
  return Date.UTC(card.expiryYear, card.expiryMonth) <= nowMs;
}

/** The check digit of ISO/IEC 7812-1, annex B. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const weighted = index % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return digits.length > 0 && sum % 10 === 0;
}
