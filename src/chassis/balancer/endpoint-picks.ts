import type { Endpoint } from '../resolver/index.ts';

/** Attempts begun on endpoints that are alike. */
export interface PickCount {
  readonly zone: string;
  readonly version: string;
  readonly count: number;
}

/** Counts attempts by what their endpoints are: few numbers, however many endpoints come and go. */
export interface EndpointPicks {
  /** An endpoint is there, or has another zone or version now. */
  set(endpoint: Endpoint): void;
  of(address: string): { add(): void };
  forget(address: string): void;
  counts(): readonly PickCount[];
}

/** Belongs to one balancer. */
export function createEndpointPicks(): EndpointPicks {
  const groups = new Map<string, { readonly zone: string; readonly version: string; count: number }>();
  const byAddress = new Map<string, { group: { count: number } }>();
  const groupOf = (zone: string, version: string) => {
    const key = JSON.stringify([zone, version]);
    const group = groups.get(key) ?? { zone, version, count: 0 };
    groups.set(key, group);
    return group;
  };
  const of = (address: string) => {
    const known = byAddress.get(address) ?? { group: groupOf('', '') };
    byAddress.set(address, known);
    return known;
  };
  return {
    set({ address, zone, version }) {
      const group = groupOf(zone, version);
      const known = byAddress.get(address);
      if (known === undefined) byAddress.set(address, { group });
      else known.group = group;
    },
    of(address) {
      const known = of(address);
      return { add: () => void known.group.count++ };
    },
    forget: (address) => void byAddress.delete(address),
    counts: () => [...groups.values()],
  };
}
