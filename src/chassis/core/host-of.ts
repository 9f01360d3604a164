/** The host of "host:port" as sockets and grpc-js write it, an IPv6 address without brackets too. */
export function hostOf(address: string): string {
  const colon = address.lastIndexOf(':');
  return colon < 0 ? address : address.slice(0, colon);
}
