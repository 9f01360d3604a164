/** What receivers have to take. Source: https://www.w3.org/TR/baggage/#limits */
const MAX_BYTES = 8_192;

const PRINTABLE = /^[ -~]+$/;

/**
 * W3C baggage as it may be sent on: unchanged, or not at all where it is longer than receivers must take or holds what a header
 * cannot. Several headers are one list.
 */
export function acceptBaggage(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = typeof header === 'string' ? header : header.join(',');
  return text.length <= MAX_BYTES && PRINTABLE.test(text) ? text : undefined;
}
