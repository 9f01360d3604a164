import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import type { Secret } from '../config/index.ts';
import { invalidArgument, type AppError } from '../core/index.ts';

/** Where a page ends: the key of its last row, as text. */
export type PageCursor = readonly string[];

/** The request's other fields, which must not change from page to page: method, filter, order_by (page_size may). */
export type PageRequest = Readonly<Record<string, unknown>>;

/** Makes and reads page tokens: opaque to callers, signed, and good only for the request they were made for. */
export interface PageTokens {
  encode(cursor: PageCursor, request: PageRequest): string;
  /**
   * The cursor; undefined for the empty token, which asks for the first page.
   *
   * @throws AppError INVALID_ARGUMENT, reason PAGE_TOKEN_INVALID: made up, changed, of another request, or of another secret.
   */
  decode(token: string, request: PageRequest): PageCursor | undefined;
}

/** The layout: one byte of version, 16 of signature, then the cursor as JSON. */
const VERSION = 1;
const SIGNATURE_BYTES = 16;
const HEADER_BYTES = 1 + SIGNATURE_BYTES;

/** Tokens that every replica with the same secret understands. Source: https://google.aip.dev/158 */
export function createPageTokens(options: { readonly secret: Secret }): PageTokens {
  const sign = (payload: Uint8Array, request: PageRequest) =>
    createHmac('sha256', options.secret.reveal())
      .update(Uint8Array.of(VERSION))
      .update(fingerprint(request))
      .update(payload)
      .digest()
      .subarray(0, SIGNATURE_BYTES);
  return {
    encode(cursor, request) {
      const payload = Buffer.from(JSON.stringify(cursor));
      return Buffer.concat([Uint8Array.of(VERSION), sign(payload, request), payload]).toString('base64url');
    },
    decode(token, request) {
      if (token === '') return undefined;
      const bytes = Buffer.from(token, 'base64url');
      const payload = bytes.subarray(HEADER_BYTES);
      const genuine =
        bytes.length > HEADER_BYTES &&
        bytes[0] === VERSION &&
        timingSafeEqual(bytes.subarray(1, HEADER_BYTES), sign(payload, request)) &&
        bytes.toString('base64url') === token; // one writing only: the decoder skips what is not base64
      if (!genuine) throw invalidPageToken();
      return JSON.parse(payload.toString('utf8')) as PageCursor; // we signed it
    },
  };
}

function invalidPageToken(): AppError {
  return invalidArgument(
    [
      {
        field: 'page_token',
        description: 'is not a token of this very request; start again without one',
        reason: 'page_token.invalid',
      },
    ],
    'PAGE_TOKEN_INVALID',
  );
}

/** The same for equal fields in any order; absent and undefined are the same. */
function fingerprint(request: PageRequest): Uint8Array {
  const sorted = Object.entries(request)
    .filter(([, value]) => value !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  const text = JSON.stringify(sorted, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  return createHash('sha256').update(text).digest();
}
