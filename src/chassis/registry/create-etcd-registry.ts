import type * as EtcdAdapter from './etcd/index.ts';
import type { EtcdRegistryOptions } from './etcd/index.ts';
import type { Registry } from './registry.ts';

export type { EtcdRegistryOptions };

/**
 * The registry in etcd. Loads the adapter, and etcd3 with it, here and not before: who has static addresses only never
 * pays for it. Asks etcd nothing yet; an etcd that is not there shows in what the registry is used for.
 */
export async function createEtcdRegistry(options: EtcdRegistryOptions): Promise<Registry> {
  const adapter = await loadEtcdRegistry();
  return adapter.createEtcdRegistry(options);
}

/** Loads the adapter without making a registry. */
export function loadEtcdRegistry(): Promise<typeof EtcdAdapter> {
  return import('./etcd/index.ts');
}
