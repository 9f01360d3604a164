import type { Metadata } from 'nice-grpc-common';

import { AppError } from '../../core/index.ts';

/** Keys and values of a header or a trailer that a handler sets; peers take 64 KiB, with what the server adds. */
export const MAX_ANSWER_METADATA_BYTES = 16 * 1024;

/** What belongs to the connection, and Node throws for. Source: RFC 9113, 8.2.2. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);
/** What HTTP allows once, and Node throws for when it comes twice. Source: Node's internal/http2/util, kSingleValueFields. */
const ONCE: ReadonlySet<string> = new Set(
  `access-control-allow-credentials access-control-max-age access-control-request-method age authorization
  content-encoding content-language content-length content-location content-md5 content-range content-type date dnt etag
  expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location
  max-forwards proxy-authorization range referer retry-after tk upgrade-insecure-requests user-agent
  x-content-type-options`.split(/\s+/),
);

/**
 * Throws INTERNAL for a header or trailer that HTTP/2 does not carry or a peer does not take. On the wire it would end more
 * than its call: grpc-js throws where nobody catches, and a peer ends the connection.
 */
export function assertSendable(metadata: Metadata): void {
  let bytes = 0;
  for (const [name, values] of metadata) {
    if (OF_CONNECTION.has(name) || (values.length > 1 && ONCE.has(name))) {
      throw unsendable(`HTTP/2 does not carry the header or trailer ${name} of this answer`);
    }
    for (const value of values) bytes += name.length + value.length;
  }
  if (bytes > MAX_ANSWER_METADATA_BYTES) throw unsendable(`a header or trailer of ${bytes} bytes is too large`);
}

function unsendable(why: string): AppError {
  return AppError.from(new Error(why));
}
