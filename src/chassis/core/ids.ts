import { randomBytes } from 'node:crypto';

import { v7 } from 'uuid';

import { invalidArgument } from './errors.ts';

declare const brand: unique symbol;

/** A string that one parser has checked, and that no other kind of string can stand in for. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Makes ids; tests pass their own. */
export type NewId = () => string;

/** Random bytes are drawn for so many ids at once: a draw costs more than the rest of an id. */
const IDS_A_DRAW = 256;
const RANDOM_BYTES = 16;

/**
 * Makes UUIDv7s (RFC 9562, section 6.2, method 1) that sort in the order in which they were made, also within a
 * millisecond and when the clock is set back.
 */
function createIds(): NewId {
  let drawn = Buffer.alloc(0);
  let msecs = 0;
  let seq = 0;
  return () => {
    if (drawn.length === 0) drawn = randomBytes(IDS_A_DRAW * RANDOM_BYTES);
    const random = drawn.subarray(0, RANDOM_BYTES);
    drawn = drawn.subarray(RANDOM_BYTES);
    const now = Date.now();
    if (now > msecs) {
      msecs = now;
      seq = random.readUInt32BE(0) >>> 1; // room for two thousand million more in the same millisecond
    } else {
      seq += 1;
    }
    return v7({ random, msecs, seq });
  };
}

/** A new UUIDv7: sorts by when it was made, and those of one process in the order in which they were made. */
export const newId: NewId = createIds();

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
