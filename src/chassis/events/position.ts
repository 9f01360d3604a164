/** The highest position, or number of an event, that a database holds. */
export const MAX_POSITION = 2n ** 63n - 1n;

/** A position, or a number of an event, in up to 19 digits; undefined: the text is none. */
export function parsePosition(text: string): bigint | undefined {
  if (!/^\d{1,19}$/.test(text)) return undefined;
  const position = BigInt(text);
  return position > MAX_POSITION ? undefined : position;
}
