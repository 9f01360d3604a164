const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

/**
 * XXH32 of a text, a whole number below 2^32: fast, spread evenly, the same in every process; not against an adversary.
 * Reads one byte per UTF-16 unit, without making bytes of the text: what other implementations give for ASCII, which the
 * values of gRPC's headers are. Source: the xxHash specification, 0.1.1.
 */
export function xxhash32(text: string, seed = 0): number {
  const length = text.length;
  let at = 0;
  let hash: number;
  if (length >= 16) {
    let a = (seed + PRIME_1 + PRIME_2) | 0;
    let b = (seed + PRIME_2) | 0;
    let c = seed | 0;
    let d = (seed - PRIME_1) | 0;
    for (; at <= length - 16; at += 16) {
      a = round(a, wordAt(text, at));
      b = round(b, wordAt(text, at + 4));
      c = round(c, wordAt(text, at + 8));
      d = round(d, wordAt(text, at + 12));
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
  } else {
    hash = seed + PRIME_5;
  }
  hash = (hash + length) | 0;
  for (; at <= length - 4; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(wordAt(text, at), PRIME_3)) | 0, 17), PRIME_4);
  }
  for (; at < length; at++) {
    hash = Math.imul(rotate((hash + Math.imul(byteAt(text, at), PRIME_5)) | 0, 11), PRIME_1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function round(lane: number, word: number): number {
  return Math.imul(rotate((lane + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Four bytes, the first one lowest. */
function wordAt(text: string, at: number): number {
  return byteAt(text, at) | (byteAt(text, at + 1) << 8) | (byteAt(text, at + 2) << 16) | (byteAt(text, at + 3) << 24);
}

/** Beyond Latin-1 both halves of the unit count, or texts of one script would be much alike. */
function byteAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return (unit ^ (unit >>> 8)) & 0xff;
}
