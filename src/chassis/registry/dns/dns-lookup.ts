import type { SrvRecord } from 'node:dns';
import { Resolver, lookup } from 'node:dns/promises';

import { abortError } from '../../core/index.ts';
import { DEFAULT_WEIGHT } from '../instance.ts';
import type { DnsName } from './dns-name.ts';

/** One address a name stands for. */
export interface DnsAddress {
  /** host:port, the host a number. */
  readonly address: string;
  readonly weight: number;
}

/**
 * Asks what a name stands for now, ordered by address; an empty list: the name system says, nothing. Rejects when it
 * cannot be asked, or with an AbortError.
 */
export type DnsLookup = (name: DnsName, signal: AbortSignal) => Promise<readonly DnsAddress[]>;

/** How the name system is reached. */
export interface DnsLookupOptions {
  /** Name servers, address:port; default: the machine's own, and then its hosts file and search domains too. */
  readonly servers?: readonly string[] | undefined;
  /** How long one server is waited for at first, in milliseconds; default 1,000. It is asked up to three times. */
  readonly timeoutMs?: number | undefined;
}

/** What Node says when a name has no such records, or is not there at all. */
const NOTHING = new Set(['ENODATA', 'ENOTFOUND', 'NXDOMAIN']);

/** Lookups through the runtime's own resolver, which asks the network anew each time. */
export function createDnsLookup({ servers, timeoutMs = 1_000 }: DnsLookupOptions = {}): DnsLookup {
  const ask = async (name: DnsName, resolver: Resolver): Promise<readonly DnsAddress[]> => {
    if (name.kind === 'host') {
      const hosts = await addressesOf(name.host, resolver, servers === undefined);
      return hosts.map((host) => ({ address: joinAddress(host, name.port), weight: DEFAULT_WEIGHT }));
    }
    const records = preferred(await orNothing(resolver.resolveSrv(name.name)));
    const isWeighted = records.some(({ weight }) => weight > 0);
    const addresses = await Promise.all(
      records.map(async ({ name: host, port, weight }) => {
        const hosts = await addressesOf(host, resolver, servers === undefined);
        // A weight of 0 beside others means seldom, not never, which it means to our policies.
        const share = isWeighted ? Math.max(weight, 1) : DEFAULT_WEIGHT;
        return hosts.map((number) => ({ address: joinAddress(number, port), weight: share }));
      }),
    );
    return addresses.flat();
  };

  return async (name, signal) => {
    if (signal.aborted) throw abortError(signal);
    const resolver = new Resolver({ timeout: timeoutMs, tries: 3 });
    if (servers !== undefined) resolver.setServers([...servers]);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const found = await ask(name, resolver);
      const unique = new Map(found.map((address) => [address.address, address]));
      return [...unique.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
    } catch (error) {
      throw signal.aborted ? abortError(signal) : error;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}

/** The records of the lowest priority, which RFC 2782 wants tried first; the others are for when those are gone. */
function preferred(records: readonly SrvRecord[]): readonly SrvRecord[] {
  const lowest = Math.min(...records.map(({ priority }) => priority));
  return records.filter(({ priority }) => priority === lowest);
}

async function addressesOf(host: string, resolver: Resolver, isSystem: boolean): Promise<readonly string[]> {
  const [four, six] = await Promise.allSettled([
    orNothing(resolver.resolve4(host)),
    orNothing(resolver.resolve6(host)),
  ]);
  const found = [four, six].flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  if (found.length > 0) return found;
  // The hosts file and search domains are no part of the name system, but of what people call it.
  const local = isSystem ? await orNothing(lookup(host, { all: true })) : [];
  if (local.length > 0) return local.map(({ address }) => address);
  for (const result of [four, six]) if (result.status === 'rejected') throw result.reason;
  return [];
}

async function orNothing<Found>(answer: Promise<Found[]>): Promise<Found[]> {
  try {
    return await answer;
  } catch (error) {
    if (NOTHING.has((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

const joinAddress = (host: string, port: number) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
