import { invalidArgument, type FieldViolation } from '../core/index.ts';
import type { Reader } from './readers.ts';

/**
 * Reads JSON text. Throws INVALID_ARGUMENT that names every wrong field by its path, with its rule; `what` stands for the
 * whole where the text is no JSON: "service config".
 */
export function readJson<Value>(json: string, what: string, read: Reader<Value>): Value {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw invalidArgument([{ field: what, description: `is not JSON: ${(error as Error).message}` }]); // a SyntaxError
  }
  const violations: FieldViolation[] = [];
  const result = read(value, '', violations);
  if (violations.length > 0 || result === undefined) throw invalidArgument(violations);
  return result;
}
