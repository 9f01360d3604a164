import type { Metadata } from 'nice-grpc-common';

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
 * Throws an Error for metadata that HTTP/2 does not carry, or that is longer than this many bytes of keys and values. On the
 * wire it would cost more than its call: grpc-js throws where nobody catches, or tries for ever, and a peer that gets a
 * header block which it does not take ends the connection.
 */
export function assertSendable(metadata: Metadata, maxBytes: number): void {
  let bytes = 0;
  for (const [name, values] of metadata) {
    if (OF_CONNECTION.has(name) || (values.length > 1 && ONCE.has(name))) {
      throw new Error(`HTTP/2 does not carry the metadata ${name}`);
    }
    for (const value of values) bytes += name.length + value.length;
  }
  if (bytes > maxBytes) throw new Error(`metadata of ${bytes} bytes is longer than ${maxBytes}`);
}
