/** The host of "host:port", brackets of an IPv6 address included; what has no port is its own host. */
export function hostOf(address: string): string {
  const colon = address.lastIndexOf(':');
  const isPort = colon > 0 && (address.indexOf(':') === colon || address[colon - 1] === ']');
  return isPort ? address.slice(0, colon) : address;
}
