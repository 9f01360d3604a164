import { assertNever, type Clock, type Random } from '../core/index.ts';
import { createDnsWatcher, formatDnsName, type Registry } from '../registry/index.ts';
import { createRegistryResolver } from './registry-resolver.ts';
import type { Resolver } from './resolver.ts';
import { createSnapshot } from './snapshot.ts';
import { createStaticResolver } from './static-resolver.ts';
import { formatTarget, type Target } from './target.ts';

/** What targets are resolved with. */
export interface ResolverOptions {
  /** Needed for targets that name a process. */
  readonly registry?: Registry | undefined;
  /** Where the last known endpoints of processes are kept, for a start without a registry; default: nowhere. */
  readonly snapshotDirectory?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** The resolver that the target asks for. Throws when that needs a registry which is not there, or is another. */
export function createResolver(target: Target, options: ResolverOptions): Resolver {
  const { clock, random } = options;
  switch (target.kind) {
    case 'static':
      return createStaticResolver(target.addresses);
    case 'dns': {
      const process = formatDnsName(target.name);
      return createRegistryResolver(createDnsWatcher({ process, name: target.name, clock, random }), clock);
    }
    case 'etcd':
    case 'consul':
    case 'registry':
      return resolveProcess(target, options);
    default:
      return assertNever(target);
  }
}

function resolveProcess(target: Target & { readonly process: string }, options: ResolverOptions): Resolver {
  const { registry, snapshotDirectory: directory, clock, random } = options;
  const { kind, process } = target;
  if (registry === undefined) {
    throw new Error(`target "${formatTarget(target)}" needs a registry, and the client factory was made without one`);
  }
  if (kind !== 'registry' && registry.scheme !== undefined && registry.scheme !== kind) {
    throw new Error(
      `target "${formatTarget(target)}" is not for this client factory, whose registry is ${registry.scheme}`,
    );
  }
  const snapshot = directory === undefined ? undefined : createSnapshot({ directory, process, clock, random });
  return createRegistryResolver(registry.watch(process), clock, { snapshot });
}
