import { Etcd3 } from 'etcd3';

import { parseInstance } from '../../src/chassis/registry/index.ts';

/** What etcd itself holds of one process, read past our registry. */
export interface RegisteredKey {
  readonly key: string;
  readonly instance: string;
  readonly address: string;
  /** "0": none. */
  readonly lease: string;
}

/** Every registration of the process, straight from etcd; throws when it does not answer. */
export async function registeredKeys(etcd: string, process: string): Promise<readonly RegisteredKey[]> {
  const client = new Etcd3({ hosts: etcd });
  try {
    const { kvs } = await client.getAll().prefix(`/tradewind/services/${process}/`).exec();
    return kvs.map(({ key, value, lease }) => {
      const parsed = parseInstance(String(value));
      if (parsed.kind === 'malformed') throw new Error(`${String(key)} is malformed: ${parsed.reason}`);
      return { key: String(key), instance: parsed.instance.id, address: parsed.instance.address, lease };
    });
  } finally {
    client.close();
  }
}

/** Who is alive, and who the resolver knows. */
export interface Truth {
  readonly etcd: string;
  readonly process: string;
  readonly live: readonly { readonly instance: string; readonly address: string }[];
  /** Addresses, sorted. */
  readonly resolved: readonly string[];
}

/** I8, in words: resolver set = live set, every key has a lease, one key per instance. */
export async function registryBreaches({ etcd, process, live, resolved }: Truth): Promise<readonly string[]> {
  const keys = await registeredKeys(etcd, process);
  const alive = live.map(({ address }) => address).sort();
  const listed = keys.map(({ address }) => address).sort();
  const found: string[] = [];
  if (String(listed) !== String(alive)) found.push(`I8: etcd lists ${listed.join(' ')}, alive are ${alive.join(' ')}`);
  if (String(resolved) !== String(alive)) {
    found.push(`I8: the resolver knows ${resolved.join(' ')}, alive are ${alive.join(' ')}`);
  }
  for (const { key, lease } of keys) if (lease === '0') found.push(`I8: ${key} has no lease`);
  const instances = keys.map(({ instance }) => instance);
  for (const instance of new Set(instances)) {
    const count = instances.filter((other) => other === instance).length;
    if (count > 1) found.push(`I8: ${instance} has ${count} keys`);
  }
  return found;
}
