import type { Endpoint } from '../resolver/index.ts';
import { xxhash32 } from './policies/xxhash32.ts';

/** How many endpoints a client connects to. */
export interface SubsetOptions {
  /** Of each version, and of the own zone apart from the others where zones are preferred. At least 1. */
  readonly size: number;
}

/**
 * Chooses `size` endpoints of each group for one client, so that many clients together load all endpoints about alike. When
 * an endpoint leaves, one other takes its place; when one joins, at most one is given up. Order stays as it was.
 * Source: rendezvous hashing, gRFC A68.
 */
export function subsetOf(
  endpoints: readonly Endpoint[],
  { size, client, groupOf }: SubsetOptions & { readonly client: string; groupOf(endpoint: Endpoint): string },
): readonly Endpoint[] {
  const seed = xxhash32(client);
  const ranked = endpoints.map((endpoint) => ({ endpoint, rank: xxhash32(endpoint.address, seed) }));
  ranked.sort((a, b) => a.rank - b.rank || (a.endpoint.address < b.endpoint.address ? -1 : 1));
  const taken = new Map<string, number>();
  const chosen = new Set<Endpoint>();
  for (const { endpoint } of ranked) {
    const group = groupOf(endpoint);
    const count = taken.get(group) ?? 0;
    if (count < size) chosen.add(endpoint);
    taken.set(group, count + 1);
  }
  return endpoints.filter((endpoint) => chosen.has(endpoint));
}
