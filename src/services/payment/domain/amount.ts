import { invalidArgument } from '../../../chassis/core/index.ts';

/** Money as this process counts it: whole minor units (cents) of one currency. No fraction, no floating point. */
export interface Amount {
  /** ISO 4217: "EUR". */
  readonly currency: string;
  readonly minor: bigint;
}

/** Money as contracts carry it: tradewind.type.v1.Money. */
export interface MoneyParts {
  readonly currencyCode: string;
  readonly units: bigint;
  readonly nanos: number;
}

/** What the provider takes at most in one charge, in minor units. */
export const MAX_AMOUNT_MINOR = 1_000_000_000_000n;

const NANO_DIGITS = 9;
const USUAL_DIGITS = 2;

/** Currencies whose minor unit is not a hundredth. Source: ISO 4217, list one. */
const DIGITS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3])),
  ...Object.fromEntries('CLF UYW'.split(' ').map((code) => [code, 4])),
};

/**
 * The amount of a command. INVALID_ARGUMENT, AMOUNT_INVALID: not above zero, signs that differ, finer than the
 * currency's smallest unit, or more than the provider takes.
 */
export function parseAmount(money: MoneyParts, field = 'amount'): Amount {
  const { currencyCode: currency, units, nanos } = money;
  if ((units > 0n && nanos < 0) || (units < 0n && nanos > 0)) throw bad(field, 'units and nanos differ in sign');
  const nanosPerMinor = 10n ** BigInt(NANO_DIGITS - digitsOf(currency));
  const total = units * 10n ** BigInt(NANO_DIGITS) + BigInt(nanos);
  if (total <= 0n) throw bad(field, 'must be above zero');
  if (total % nanosPerMinor !== 0n) throw bad(field, `is finer than the smallest unit of ${currency}`);
  const minor = total / nanosPerMinor;
  if (minor > MAX_AMOUNT_MINOR) throw bad(field, 'is more than one payment can be');
  return { currency, minor };
}

/** The amount as contracts carry it. */
export function toMoney({ currency, minor }: Amount): MoneyParts {
  const minorPerUnit = 10n ** BigInt(digitsOf(currency));
  const nanosPerMinor = 10n ** BigInt(NANO_DIGITS) / minorPerUnit;
  // BigInt division and remainder both go towards zero, so the signs agree as Money wants.
  return {
    currencyCode: currency,
    units: minor / minorPerUnit,
    nanos: Number((minor % minorPerUnit) * nanosPerMinor),
  };
}

/** Refuses an amount in another currency than the payment's: INVALID_ARGUMENT, AMOUNT_INVALID. */
export function assertCurrency(amount: Amount, currency: string): void {
  if (amount.currency !== currency) throw bad('amount.currency_code', `must be ${currency}, the payment's currency`);
}

function digitsOf(currency: string): number {
  return DIGITS[currency] ?? USUAL_DIGITS;
}

function bad(field: string, description: string) {
  return invalidArgument([{ field, description }], 'AMOUNT_INVALID');
}
