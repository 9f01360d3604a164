/** Where a parcel goes; the contract's PostalAddress. */
export interface Address {
  readonly recipient: string;
  readonly lines: readonly string[];
  readonly city: string;
  readonly postalCode: string;
  /** Empty where the country uses none. */
  readonly region: string;
  readonly countryCode: string;
}

/** So many pieces of one product. */
export interface Item {
  readonly productId: string;
  readonly quantity: number;
  /** Of one piece; 0 means not known. */
  readonly weightGrams: number;
}

/** What a carrier can be told at most, in grams: a thousand tonnes. */
export const MAX_WEIGHT_GRAMS = 1_000_000_000;

/** What the items weigh together, in grams; 0 (not known) when one of them does not say. */
export function totalWeightGrams(items: readonly Item[]): number {
  if (items.some(({ weightGrams }) => weightGrams === 0)) return 0;
  const total = items.reduce((sum, { quantity, weightGrams }) => sum + quantity * weightGrams, 0);
  return Math.min(total, MAX_WEIGHT_GRAMS);
}
