import { DEFAULT_TRANSPORTS, type Instance } from '../registry/index.ts';
import type { Endpoint } from './resolver.ts';

/** Makes the endpoints of lists of instances. */
export interface EndpointList {
  /** The list before, the same array, when nothing in it changed. */
  of(instances: readonly Instance[]): readonly Endpoint[];
}

/**
 * Keeps the endpoint of an instance for as long as the instance is the same, so that following ten thousand of them costs
 * comparing pointers. Of two registrations with one address (a process that was killed and started again on its port,
 * before its first lease has run out) the one that started later counts.
 */
export function createEndpointList(): EndpointList {
  const endpoints = new WeakMap<Instance, Endpoint>();
  let before: readonly Endpoint[] = [];

  const endpointOf = (instance: Instance): Endpoint => {
    const known = endpoints.get(instance);
    if (known !== undefined) return known;
    const endpoint = toEndpoint(instance);
    endpoints.set(instance, endpoint);
    return endpoint;
  };

  return {
    of(instances) {
      const byAddress = new Map<string, Endpoint>();
      for (const instance of instances) {
        const other = byAddress.get(instance.address);
        if (other !== undefined && other.startedAt > instance.startedAt) continue;
        byAddress.set(instance.address, endpointOf(instance));
      }
      const next = [...byAddress.values()];
      if (!isSameList(before, next)) before = next;
      return before;
    },
  };
}

function toEndpoint({ address, weight, zone, version, transports, startedAt, metadata }: Instance): Endpoint {
  return { address, weight, zone, version, transports: transports ?? DEFAULT_TRANSPORTS, startedAt, metadata };
}

function isSameList(one: readonly Endpoint[], other: readonly Endpoint[]): boolean {
  return one.length === other.length && one.every((endpoint, at) => isSame(endpoint, other[at]));
}

/** By what it says: a registry that reads its list anew makes new objects of it. */
function isSame(one: Endpoint, other: Endpoint | undefined): boolean {
  return one === other || (one.address === other?.address && JSON.stringify(one) === JSON.stringify(other));
}
