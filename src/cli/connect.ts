import type { Environment } from '../catalogue.ts';
import { createClientFactory, type ClientFactory } from '../chassis/client/index.ts';
import { systemClock, systemRandom } from '../chassis/core/index.ts';
import {
  openRegistry as openRegistryAt,
  parseRegistryUrl,
  type Registry,
  type RegistryUrl,
} from '../chassis/registry/index.ts';
import { readSuiteFile } from '../up/suite-file.ts';
import { UsageError } from '../usage-error.ts';

/** Where a command looks for the suite. */
export interface SuiteOptions {
  /** host:port of etcd, several with commas between; undefined: ETCD_ENDPOINTS, REGISTRY_URL, else the suite that runs in `home`. */
  readonly etcd?: string;
  /** Where `tradewind up` keeps everything. */
  readonly home: string;
}

/** Opens the suite's registry; asks it nothing yet. Throws a UsageError when nothing says where it is. */
export async function openRegistry(options: SuiteOptions, environment: Environment): Promise<Registry> {
  return openRegistryAt(registryOf(options, environment), { clock: systemClock, random: systemRandom });
}

function registryOf({ etcd, home }: SuiteOptions, environment: Environment): RegistryUrl {
  const url = environment['REGISTRY_URL'];
  const endpoints = etcd ?? environment['ETCD_ENDPOINTS'];
  if (endpoints === undefined && url !== undefined) return parse('REGISTRY_URL', url);
  const found = endpoints ?? readSuiteFile(home)?.etcdEndpoints;
  if (found === undefined || found === '') {
    throw new UsageError(
      `no suite runs in ${home}: start one with \`npm start\`, or pass --etcd host:port (or ETCD_ENDPOINTS, REGISTRY_URL)`,
    );
  }
  return parse(etcd === undefined ? 'ETCD_ENDPOINTS' : '--etcd', `etcd://${found.replaceAll(/https?:\/\//g, '')}`);
}

function parse(name: string, url: string): RegistryUrl {
  try {
    return parseRegistryUrl(url);
  } catch (error) {
    throw new UsageError(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Clients that find processes through the registry; closed before it. */
export function openClients(registry?: Registry): ClientFactory {
  return createClientFactory({ from: 'tradewind', registry });
}
