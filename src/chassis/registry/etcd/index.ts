export { createEtcdRegistry, type EtcdRegistryOptions } from './etcd-registry.ts';
