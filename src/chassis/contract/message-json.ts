import {
  fromBinary,
  fromJson,
  toBinary,
  toJson,
  type DescMessage,
  type FileRegistry,
  type JsonValue,
} from '@bufbuild/protobuf';

import { invalidArgument, type AppError } from '../core/index.ts';

/**
 * A message's bytes from its JSON. Throws INVALID_ARGUMENT with the field that cannot be read; unknown fields are refused.
 * Source: https://protobuf.dev/programming-guides/json/
 */
export function bytesFromJson(type: DescMessage, json: JsonValue, registry: FileRegistry): Uint8Array {
  try {
    return toBinary(type, fromJson(type, json, { registry, ignoreUnknownFields: false }));
  } catch (error) {
    throw unreadable(error);
  }
}

/** A message's JSON from its bytes, fields with default values included. */
export function jsonFromBytes(type: DescMessage, bytes: Uint8Array, registry: FileRegistry): JsonValue {
  return toJson(type, fromBinary(type, bytes), { registry, alwaysEmitImplicit: true });
}

/** What protobuf-es says of JSON that does not fit: `cannot decode field a.b.Message.field from JSON: ...`. */
function unreadable(error: unknown): AppError {
  const text = error instanceof Error ? error.message : String(error);
  const [, kind, name = '', why = text] = /cannot decode (\w+) (\S+) from JSON: (.*)/s.exec(text) ?? [];
  const unknownKey = /^key "(.+)" is unknown/s.exec(why)?.[1];
  if (unknownKey !== undefined) {
    return invalidArgument([{ field: unknownKey, description: `is not a field of ${name}` }]);
  }
  const field = kind === 'field' || kind === 'oneof' ? (name.split('.').at(-1) ?? '') : '';
  return invalidArgument([{ field, description: field === '' && name !== '' ? `no ${name}: ${why}` : why }]);
}
