import { invalidArgument, type FieldViolation } from '../../../chassis/core/index.ts';

/** The one character that protobuf carries and PostgreSQL cannot keep. */
const NUL = '\u0000';

/** Every text inside the message that holds U+0000, by its path in the contract. */
export function nulViolations(value: unknown, path = ''): readonly FieldViolation[] {
  if (typeof value === 'string') {
    return value.includes(NUL)
      ? [{ field: path, description: 'must not contain the character U+0000', reason: 'string.nul' }]
      : [];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => nulViolations(item, `${path}[${index}]`));
  if (value === null || typeof value !== 'object' || value instanceof Date) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const field = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return nulViolations(inner, path === '' ? field : `${path}.${field}`);
  });
}

/** Refuses a message with a text that cannot be kept: INVALID_ARGUMENT, VALIDATION_FAILED. */
export function assertStorable(message: unknown): void {
  const violations = nulViolations(message);
  if (violations.length > 0) throw invalidArgument(violations);
}
