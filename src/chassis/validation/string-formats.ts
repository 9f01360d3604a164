import { isIP, isIPv4, isIPv6 } from 'node:net';

import { isUuid } from '../core/index.ts';

/** HTML's own definition, which buf.validate names as its source. https://html.spec.whatwg.org/#valid-e-mail-address */
const EMAIL =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
/** Characters RFC 3986 does not allow anywhere, and a percent sign without two digits. */
const NOT_URI = /[^a-z0-9\-._~:/?#[\]@!$&'()*+,;=%]|%(?![0-9a-f]{2})/i;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;
const TUUID = /^[0-9a-f]{32}$/i;

/** The formats of buf.validate.StringRules.well_known that are supported, and what each is called. */
export const STRING_FORMATS: Readonly<Record<string, { readonly text: string; test(value: string): boolean }>> = {
  email: { text: 'must be an e-mail address', test: (value) => EMAIL.test(value) },
  hostname: { text: 'must be a host name', test: isHostname },
  ip: { text: 'must be an IP address', test: (value) => isIP(value) !== 0 },
  ipv4: { text: 'must be an IPv4 address', test: isIPv4 },
  ipv6: { text: 'must be an IPv6 address', test: isIPv6 },
  uri: { text: 'must be a URI', test: isUri },
  uri_ref: { text: 'must be a URI or a relative reference', test: isUriReference },
  address: { text: 'must be a host name or an IP address', test: (value) => isHostname(value) || isIP(value) !== 0 },
  uuid: { text: 'must be a UUID', test: isUuid },
  tuuid: { text: 'must be a UUID without dashes', test: (value) => TUUID.test(value) },
  ulid: { text: 'must be a ULID', test: (value) => ULID.test(value) },
  host_and_port: { text: 'must be a host and a port', test: isHostAndPort },
};

function isHostname(value: string): boolean {
  const name = value.endsWith('.') ? value.slice(0, -1) : value;
  const labels = name.split('.');
  return value.length <= 253 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '');
}

function isUri(value: string): boolean {
  return SCHEME.test(value) && !NOT_URI.test(value) && URL.canParse(value);
}

function isUriReference(value: string): boolean {
  return isUri(value) || (!NOT_URI.test(value) && URL.canParse(value, 'http://base.invalid'));
}

function isHostAndPort(value: string): boolean {
  const match = /^(?:\[(?<v6>.+)\]|(?<host>[^:]+)):(?<port>0|[1-9]\d{0,4})$/.exec(value);
  if (match?.groups === undefined) return false;
  const { v6, host, port } = match.groups;
  return Number(port) <= 65_535 && (v6 === undefined ? isHostname(host ?? '') || isIPv4(host ?? '') : isIPv6(v6));
}
