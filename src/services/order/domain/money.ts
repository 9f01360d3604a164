/** An exact amount: whole units and billionths of one, of the same sign. As tradewind.type.v1.Money. */
export interface Money {
  readonly currencyCode: string;
  readonly units: bigint;
  readonly nanos: number;
}

const NANOS = 1_000_000_000n;
const MAX_UNITS = 2n ** 63n - 1n;

/** Nothing, in a currency. */
export function zero(currencyCode: string): Money {
  return { currencyCode, units: 0n, nanos: 0 };
}

/** The sum of two amounts of one currency. */
export function add(one: Money, other: Money): Money {
  if (one.currencyCode !== other.currencyCode) {
    throw new Error(`cannot add ${other.currencyCode} to ${one.currencyCode}`);
  }
  return fromNanos(one.currencyCode, toNanos(one) + toNanos(other));
}

/** What is left of an amount without another one of its currency. */
export function subtract(one: Money, other: Money): Money {
  return add(one, times(other, -1));
}

/** So many times the amount. */
export function times(amount: Money, count: number): Money {
  return fromNanos(amount.currencyCode, toNanos(amount) * BigInt(count));
}

/** The same currency and the same amount. */
export function equals(one: Money, other: Money): boolean {
  return one.currencyCode === other.currencyCode && toNanos(one) === toNanos(other);
}

/** Nothing to pay. */
export function isNothing({ units, nanos }: Money): boolean {
  return units === 0n && nanos === 0;
}

/** More than the contract's Money can carry. */
export function isTooLarge({ units }: Money): boolean {
  return units > MAX_UNITS;
}

/** "EUR 12.50": two decimals, more where the amount has them. */
export function format(amount: Money): string {
  const total = toNanos(amount);
  const size = total < 0n ? -total : total;
  const decimals = String(size % NANOS)
    .padStart(9, '0')
    .replace(/0{1,7}$/, '');
  return `${amount.currencyCode} ${total < 0n ? '-' : ''}${size / NANOS}.${decimals}`;
}

/** An amount in billionths of its currency's unit. */
export function toNanos({ units, nanos }: Money): bigint {
  return units * NANOS + BigInt(nanos);
}

/** An amount of so many billionths of a unit. */
export function fromNanos(currencyCode: string, total: bigint): Money {
  return { currencyCode, units: total / NANOS, nanos: Number(total % NANOS) };
}
