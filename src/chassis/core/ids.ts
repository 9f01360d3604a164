import { v7 } from 'uuid';

import { invalidArgument } from './errors.ts';

declare const brand: unique symbol;

/** A string that one parser has checked, and that no other kind of string can stand in for. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Makes ids; tests pass their own. */
export type NewId = () => string;

/** A new UUIDv7 (RFC 9562): sorts by the time it was made. */
export const newId: NewId = () => v7();

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Makes the parser of one kind of id: a UUID in lower case, or INVALID_ARGUMENT that names the field. */
export function idParser<Name extends string>(field: string): (text: string) => Branded<Name> {
  return (text) => {
    if (!UUID.test(text)) {
      throw invalidArgument([{ field, description: 'must be a UUID', reason: 'string.uuid' }]);
    }
    return text.toLowerCase() as Branded<Name>; // just checked
  };
}

/** True for a UUID of any version in its usual writing. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
