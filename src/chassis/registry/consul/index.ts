export { createConsulRegistry, type ConsulRegistryOptions } from './consul-registry.ts';
