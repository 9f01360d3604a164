import { assertNever, type Clock, type Random } from '../core/index.ts';
import { createConsulRegistry } from './consul/index.ts';
import { createEtcdRegistry } from './create-etcd-registry.ts';
import { createDnsRegistry } from './dns/index.ts';
import type { RegistryUrl } from './registry-url.ts';
import type { Registry } from './registry.ts';
import { createStaticRegistry } from './static/index.ts';

/** What every registry is made with. */
export interface OpenRegistryOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How long a crashed process stays listed, in seconds; default: the adapter's. */
  readonly leaseTtlSeconds?: number | undefined;
  /** Consul's ACL token. */
  readonly consulToken?: string | undefined;
}

/** Makes the registry that the URL names. Asks nobody anything yet. */
export async function openRegistry(url: RegistryUrl, options: OpenRegistryOptions): Promise<Registry> {
  const { clock, random, leaseTtlSeconds } = options;
  switch (url.kind) {
    case 'etcd':
      return createEtcdRegistry({ endpoints: url.endpoints, leaseTtlSeconds, clock, random });
    case 'consul':
      return createConsulRegistry({ address: url.address, token: options.consulToken, leaseTtlSeconds, clock, random });
    case 'dns':
      return createDnsRegistry({ pattern: url.pattern, clock, random });
    case 'static':
      return createStaticRegistry(url.instances);
    default:
      return assertNever(url);
  }
}
