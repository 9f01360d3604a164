export {
  DEFAULT_TRANSPORTS,
  DEFAULT_WEIGHT,
  formatInstance,
  parseInstance,
  type Instance,
  type ParsedInstance,
} from './instance.ts';
export type {
  InstanceChange,
  Registration,
  RegistrationEvents,
  RegistrationState,
  Registry,
  RegistryValues,
  ValueWatcher,
  ValueWatcherEvents,
  Watcher,
  WatcherEvents,
  WatcherState,
} from './registry.ts';
export { createEtcdRegistry, loadEtcdRegistry, type EtcdRegistryOptions } from './create-etcd-registry.ts';
export { createStaticRegistry } from './static/index.ts';
export { createConsulRegistry, type ConsulRegistryOptions } from './consul/index.ts';
export {
  createDnsRegistry,
  createDnsWatcher,
  formatDnsName,
  parseDnsName,
  type DnsName,
  type DnsRegistryOptions,
} from './dns/index.ts';
export { openRegistry, type OpenRegistryOptions } from './open-registry.ts';
export { REGISTRY_URL_FORMS, parseRegistryUrl, type RegistryUrl } from './registry-url.ts';
