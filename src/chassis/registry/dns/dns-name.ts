/** What the name system is asked for. */
export type DnsName =
  /** The addresses of a host, all on this port. */
  | { readonly kind: 'host'; readonly host: string; readonly port: number }
  /** The SRV records of a name, which say hosts, ports and weights. */
  | { readonly kind: 'service'; readonly name: string };

const LABELS = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}))*\.?$/;

/**
 * Reads `host:port` (A and AAAA) or `_service._protocol.name` (SRV, which begins with an underscore). Throws an Error that
 * says what is wrong with anything else.
 */
export function parseDnsName(text: string): DnsName {
  const [, host = text, port] = /^(.*?)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (!LABELS.test(host)) throw new Error(`"${host}" is no name of the domain name system`);
  if (host.startsWith('_')) {
    if (port !== undefined) throw new Error(`"${text}" names SRV records, which say the ports themselves`);
    return { kind: 'service', name: host };
  }
  if (port === undefined) throw new Error(`"${text}" has no port, and does not name SRV records (_grpc._tcp.${host})`);
  if (Number(port) < 1 || Number(port) > 65_535) throw new Error(`"${port}" is no port`);
  return { kind: 'host', host, port: Number(port) };
}

/** As parseDnsName reads it. */
export function formatDnsName(name: DnsName): string {
  return name.kind === 'host' ? `${name.host}:${name.port}` : name.name;
}
