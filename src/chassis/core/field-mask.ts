import { invalidArgument } from './errors.ts';

/** An update as a contract carries it. */
export interface MaskedUpdate<Message, Field extends keyof Message & string> {
  /** The request's update_mask; empty or absent means every field that is set. */
  readonly mask: readonly string[] | undefined;
  /** The message with the new values. */
  readonly changes: Message;
  /** The fields that may be changed, by their names in TypeScript; the mask says `display_name` for `displayName`. */
  readonly fields: readonly Field[];
}

/**
 * The changeable fields that the mask names, with their new values; a field named but not set is emptied. JSON writes paths in camel case,
 * the binary form in snake case: both are understood. Source: https://google.aip.dev/134
 *
 * @throws AppError INVALID_ARGUMENT, reason UNKNOWN_FIELD_PATH, with a violation of update_mask for each other path.
 */
export function maskedFields<Message, Field extends keyof Message & string>(
  update: MaskedUpdate<Message, Field>,
): Partial<Pick<Message, Field>> {
  const named = update.mask ?? [];
  const byPath = new Map(
    update.fields.flatMap((field) => [[snakeCase(field), field] as const, [field as string, field] as const]),
  );
  const unknown = named.filter((path) => !byPath.has(path));
  if (unknown.length > 0) {
    const violations = unknown.map((path) => ({
      field: 'update_mask',
      description: `"${path}" is not a field that can be changed`,
      reason: 'field_mask.in',
    }));
    throw invalidArgument(violations, 'UNKNOWN_FIELD_PATH');
  }
  const chosen =
    named.length === 0
      ? update.fields.filter((field) => isSet(update.changes[field]))
      : update.fields.filter((field) => named.some((path) => byPath.get(path) === field));
  return Object.fromEntries(chosen.map((field) => [field, update.changes[field]])) as Partial<Pick<Message, Field>>; // by construction
}

/** The message with the masked changes made; errors as maskedFields'. */
export function applyFieldMask<Message extends object, Field extends keyof Message & string>(
  current: Message,
  update: MaskedUpdate<Message, Field>,
): Message {
  return { ...current, ...maskedFields(update) };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Whether a proto3 field differs from its default. */
function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  if (typeof value === 'object' && value !== null && isPlainEmpty(value)) return false;
  return value !== undefined && value !== null && value !== '' && value !== 0 && value !== 0n && value !== false;
}

/** ts-proto reads a map field as a plain object. */
function isPlainEmpty(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype && Object.keys(value).length === 0;
}
