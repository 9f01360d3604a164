/** What a number must be. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  /** It must be more than this. */
  readonly above?: number;
  readonly whole?: boolean;
}

/** Throws RangeError, with the field's name and what it must be, for a number outside its range, NaN and Infinity included. */
export function checkNumber(field: string, value: number, { min, max, above, whole = false }: NumberRange): void {
  const isInside =
    Number.isFinite(value) &&
    !(value < (min ?? value)) &&
    !(value > (max ?? value)) &&
    !(value <= (above ?? -Infinity));
  if (isInside && (!whole || Number.isInteger(value))) return;
  const bounds = [
    min === undefined ? [] : [`at least ${min}`],
    above === undefined ? [] : [`more than ${above}`],
    max === undefined ? [] : [`at most ${max}`],
  ].flat();
  throw new RangeError(`${field}: must be a ${whole ? 'whole ' : ''}number, ${bounds.join(' and ')}; it is ${value}`);
}
