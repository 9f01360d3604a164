import { invalidArgument, type AppError } from '../../../chassis/core/index.ts';

/** Money as contracts carry it (tradewind.type.v1.Money): exact, units and nanos of one sign. */
export interface Price {
  readonly currencyCode: string;
  readonly units: bigint;
  readonly nanos: number;
}

/** The two ends of a price filter, both in one currency. */
export interface PriceRange {
  readonly currency: string;
  readonly min: Price | undefined;
  readonly max: Price | undefined;
}

const NANOS_PER_UNIT = 1_000_000_000n;
const NANO_DIGITS = 9;
const USUAL_DIGITS = 2;
const MAX_UNITS = 2n ** 63n - 1n;

/** Currencies whose smallest unit is not a hundredth. Source: ISO 4217, list one. */
const DIGITS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3])),
  ...Object.fromEntries('CLF UYW'.split(' ').map((code) => [code, 4])),
};

/** What is wrong with a price, or undefined: it is below zero, or finer than its currency's smallest unit. */
export function priceFault({ currencyCode, units, nanos }: Price): string | undefined {
  if (units < 0n || nanos < 0) return 'must not be below zero';
  const nanosPerSmallest = 10 ** (NANO_DIGITS - (DIGITS[currencyCode] ?? USUAL_DIGITS));
  return nanos % nanosPerSmallest === 0 ? undefined : `is finer than the smallest unit of ${currencyCode}`;
}

/** The price of a product. INVALID_ARGUMENT, PRICE_INVALID: missing, below zero, or finer than its currency's smallest unit. */
export function parsePrice(money: Price | undefined, field: string): Price {
  if (money === undefined || money.currencyCode === '') throw priceInvalid(field, 'must be given, with its currency');
  const fault = priceFault(money);
  if (fault !== undefined) throw priceInvalid(field, fault);
  return { currencyCode: money.currencyCode, units: money.units, nanos: money.nanos };
}

const DECIMAL = /^(\d{1,19})(?:\.(\d{1,30}))?$/;

/** A price list's "19.99" as money; undefined for what is no decimal number or cannot be held exactly. */
export function parseDecimal(text: string, currencyCode: string): Price | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  const units = BigInt(match[1] ?? '');
  if (fraction.length > NANO_DIGITS || units > MAX_UNITS) return undefined;
  return { currencyCode, units, nanos: Number(fraction.padEnd(NANO_DIGITS, '0')) };
}

/** The filter of a search; undefined when neither end is given. INVALID_ARGUMENT, PRICE_RANGE_INVALID. */
export function parsePriceRange(min: Price | undefined, max: Price | undefined): PriceRange | undefined {
  const currency = (min ?? max)?.currencyCode;
  if (currency === undefined) return undefined;
  if (min !== undefined) assertOneSign(min, 'price_min');
  if (max !== undefined) assertOneSign(max, 'price_max');
  if (min !== undefined && max !== undefined) {
    if (min.currencyCode !== max.currencyCode) throw rangeInvalid('price_max', `must be in ${currency}, as price_min`);
    if (inNanos(min) > inNanos(max)) throw rangeInvalid('price_max', 'must not be below price_min');
  }
  return { currency, min, max };
}

/** Whether two prices are the same amount of the same currency. */
export function samePrice(left: Price, right: Price): boolean {
  return left.currencyCode === right.currencyCode && left.units === right.units && left.nanos === right.nanos;
}

function inNanos({ units, nanos }: Price): bigint {
  return units * NANOS_PER_UNIT + BigInt(nanos);
}

function assertOneSign({ units, nanos }: Price, field: string): void {
  if ((units > 0n && nanos < 0) || (units < 0n && nanos > 0)) {
    throw rangeInvalid(field, 'has units and nanos of different sign');
  }
}

function priceInvalid(field: string, description: string): AppError {
  return invalidArgument([{ field, description }], 'PRICE_INVALID');
}

function rangeInvalid(field: string, description: string): AppError {
  return invalidArgument([{ field, description }], 'PRICE_RANGE_INVALID');
}
