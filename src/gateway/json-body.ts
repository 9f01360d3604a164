import { AppError } from '../chassis/core/index.ts';

/** JSON.parse with the text of each number (ECMAScript's "JSON.parse source text access", which Node 24 has). */
type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

/**
 * Reads a request body; empty means none. Throws INVALID_ARGUMENT (BODY_NOT_JSON) for what is no JSON in UTF-8, and for
 * integers that a JavaScript number would change: proto3 JSON sends those as strings.
 */
export function parseJsonBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return (JSON.parse as ParseWithSource)(text, exactIntegers);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError({
      status: 'INVALID_ARGUMENT',
      reason: 'BODY_NOT_JSON',
      message: `the body is not JSON: ${why}`,
      cause,
    });
  }
}

function exactIntegers(_key: string, value: unknown, { source = '' }: { readonly source?: string }): unknown {
  if (typeof value === 'number' && /^-?\d+$/.test(source) && !Number.isSafeInteger(value)) {
    throw new Error(`${source.slice(0, 40)} is beyond the integers of JSON numbers; send it as a string`);
  }
  return value;
}
