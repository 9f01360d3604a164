import { CATALOGUE } from '../../../src/catalogue.ts';
import { readSuiteFile } from '../../../src/up/suite-file.ts';
import { registeredKeys, type RegisteredKey } from '../registry-truth.ts';
import { ask } from './ask.ts';
import type { WhereSuite } from './read-world.ts';
import { groupBy } from './group.ts';
import type { Breach } from './world.ts';

/** What I8 looks at, for one process of a suite. */
export interface RegistrySnapshot {
  readonly process: string;
  /** host:port of each instance that runs. */
  readonly live: readonly string[];
  /** What etcd itself holds of it. */
  readonly keys: readonly RegisteredKey[];
  /** How many endpoints of it each of the suite's clients knows, by who asked. */
  readonly known: readonly { readonly by: string; readonly endpoints: number }[];
}

/** I8: what is registered is what runs, one key an instance, each with a lease; and every client knows all of them. */
export function registryBreaches(snapshots: readonly RegistrySnapshot[]): readonly Breach[] {
  return snapshots.flatMap(({ process, live, keys, known }) => {
    const [listed, alive] = [keys.map(({ address }) => address).sort(), [...live].sort()];
    const found: Breach[] = [];
    if (String(listed) !== String(alive)) {
      found.push(`I8: etcd lists ${listed.join(' ')} of ${process}, alive are ${alive.join(' ')}`);
    }
    for (const { key, lease } of keys) if (lease === '0') found.push(`I8: ${key} has no lease`);
    for (const [instance, same] of groupBy(keys, (key) => key.instance)) {
      if (same.length > 1) found.push(`I8: ${instance} of ${process} has ${same.length} keys`);
    }
    for (const { by, endpoints } of known) {
      if (endpoints !== alive.length) found.push(`I8: ${by} knows ${endpoints} of ${alive.length} ${process}`);
    }
    return found;
  });
}

/** Reads the registry of a suite: etcd past our own client of it, and what the processes measure of their resolvers. */
export async function readRegistry(suite: WhereSuite): Promise<readonly RegistrySnapshot[]> {
  const etcd = readSuiteFile(suite.home)?.etcdEndpoints;
  if (etcd === undefined) throw new Error(`no suite runs in ${suite.home}`);
  const registrants = CATALOGUE.filter(({ kind }) => kind !== 'sandbox').map(({ name }) => name);
  const rows = suite.ready.processes.filter(({ name }) => registrants.some((process) => isOf(process, name)));
  const known = (await Promise.all(rows.map(({ name }) => knownTo(name, suite.admin(name))))).flat();
  return Promise.all(
    registrants.map(async (process) => ({
      process,
      live: rows.filter(({ name }) => isOf(process, name)).map(({ address }) => address),
      keys: await registeredKeys(etcd, process),
      known: known.filter(({ target }) => target === `etcd:///${process}`),
    })),
  );
}

/** True for "order" and "order-2". */
function isOf(process: string, instance: string): boolean {
  return instance.replace(/-\d+$/, '') === process;
}

const ENDPOINTS = /^tradewind_client_endpoints\{(?=[^}]*state="known")[^}]*target="([^"]+)"[^}]*\} (\d+)/gm;

async function knownTo(by: string, admin: string) {
  const response = await ask(`http://${admin}/metrics`);
  if (!response.ok) throw new Error(`${admin}/metrics answered ${response.status}`);
  return [...(await response.text()).matchAll(ENDPOINTS)].map(([, target, endpoints]) => ({
    by,
    target,
    endpoints: Number(endpoints),
  }));
}
