/** What decides whether a product's stock is low. */
export interface StockLevel {
  /** How many can be reserved. */
  readonly available: number;
  /** So few, or fewer, are low. */
  readonly lowStockThreshold: number;
}

/** What is told of stock that crosses a line: it became low, or there is some again after there was none. */
export type Crossing = 'low' | 'back';

/** The threshold of a product whose seller names none. */
export const DEFAULT_LOW_STOCK_THRESHOLD = 5;

/** The line that stock crossed between two moments, or undefined; sql/reserve-many.sql says the same of what only becomes less. */
export function crossingOf(before: StockLevel, after: StockLevel): Crossing | undefined {
  if (before.available === 0 && after.available > 0) return 'back';
  return isLow(after) && !isLow(before) ? 'low' : undefined;
}

function isLow({ available, lowStockThreshold }: StockLevel): boolean {
  return available <= lowStockThreshold;
}
