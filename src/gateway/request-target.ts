/** What an HTTP request asks for. */
export interface RequestTarget {
  /** As it was sent: neither decoded nor normalised, so that no other path can stand in for it. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Splits a request line's target, in its absolute form too. Source: RFC 9112, section 3.2. */
export function requestTarget(url: string): RequestTarget {
  const local = url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/s, '');
  const mark = local.indexOf('?');
  return mark < 0
    ? { path: local, query: new URLSearchParams() }
    : { path: local.slice(0, mark), query: new URLSearchParams(local.slice(mark + 1)) };
}
