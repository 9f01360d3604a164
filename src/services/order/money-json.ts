import type { Money } from './domain.ts';

/** An amount as JSON carries it. */
export interface MoneyJson {
  readonly currencyCode: string;
  readonly units: string;
  readonly nanos: number;
}

/** Reads an amount. */
export function moneyFrom(json: MoneyJson): Money {
  return { ...json, units: BigInt(json.units) };
}

/** Writes an amount. */
export function moneyJson({ currencyCode, units, nanos }: Money): MoneyJson {
  return { currencyCode, units: units.toString(), nanos };
}
