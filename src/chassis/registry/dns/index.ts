export { createDnsLookup, type DnsAddress, type DnsLookup, type DnsLookupOptions } from './dns-lookup.ts';
export { formatDnsName, parseDnsName, type DnsName } from './dns-name.ts';
export { createDnsRegistry, type DnsRegistryOptions } from './dns-registry.ts';
export { createDnsWatcher, type DnsWatchOptions, type DnsWatcher, type DnsWatcherOptions } from './dns-watcher.ts';
