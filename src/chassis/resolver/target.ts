import { assertNever } from '../core/index.ts';
import { formatDnsName, parseDnsName, type DnsName } from '../registry/index.ts';

/** Where a client's calls go, before anybody is asked who is there. */
export type Target =
  /** A process in the registry of the client factory: etcd, Consul, or whichever it was made with. */
  | { readonly kind: 'etcd' | 'consul' | 'registry'; readonly process: string }
  | { readonly kind: 'dns'; readonly name: DnsName }
  | { readonly kind: 'static'; readonly addresses: readonly string[] };

const SCHEMES = ['etcd', 'consul', 'registry', 'dns', 'static'];
const PROCESS = /^[a-z][a-z0-9-]*$/;
const ADDRESS = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/,]+):(\d{1,5})$/;

/**
 * Reads `etcd:///<process>`, `consul:///<process>`, `registry:///<process>`, `dns:///host:port`, `dns:///_grpc._tcp.host`
 * (SRV records) or `static:///host:port,host:port` (gRPC's naming: scheme, empty authority, endpoint name). Throws an Error that says what is wrong with anything else: a target is configuration, not a caller's input.
 */
export function parseTarget(text: string): Target {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)\/(.*)$/.exec(text);
  if (match === null) throw invalid(text, 'it must look like etcd:///process or static:///host:port,host:port');
  const [, scheme = '', authority, name = ''] = match;
  if (authority !== '') throw invalid(text, `it names the authority "${authority}"; write three slashes`);
  switch (scheme) {
    case 'etcd':
    case 'consul':
    case 'registry':
      if (!PROCESS.test(name))
        throw invalid(text, `"${name}" is no process name (lower case letters, digits, hyphens)`);
      return { kind: scheme, process: name };
    case 'dns':
      return { kind: 'dns', name: parseName(text, name) };
    case 'static':
      return { kind: 'static', addresses: parseAddresses(text, name) };
    default:
      throw invalid(text, `the scheme "${scheme}" is not known; there are ${SCHEMES.join(', ')}`);
  }
}

/** The target as its owner would write it, two spellings of one target made one. */
export function formatTarget(target: Target): string {
  switch (target.kind) {
    case 'static':
      return `static:///${target.addresses.join(',')}`;
    case 'dns':
      return `dns:///${formatDnsName(target.name)}`;
    case 'etcd':
    case 'consul':
    case 'registry':
      return `${target.kind}:///${target.process}`;
    default:
      return assertNever(target);
  }
}

/** The process that a target names; undefined: it names hosts, whoever is there. */
export function processOfTarget(target: Target): string | undefined {
  return 'process' in target ? target.process : undefined;
}

function parseName(text: string, name: string): DnsName {
  try {
    return parseDnsName(name);
  } catch (error) {
    throw invalid(text, error instanceof Error ? error.message : String(error));
  }
}

function parseAddresses(text: string, name: string): readonly string[] {
  const addresses = name.split(',').map((address) => address.trim());
  for (const address of addresses) {
    const port = ADDRESS.exec(address)?.[1];
    if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
      throw invalid(text, `"${address}" is not host:port`);
    }
  }
  return [...new Set(addresses)];
}

function invalid(text: string, why: string): Error {
  return new Error(`invalid target "${text}": ${why}`);
}
