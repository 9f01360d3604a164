import type { Environment } from '../catalogue.ts';
import { createClientFactory, type ClientFactory } from '../chassis/client/index.ts';
import { systemClock, systemRandom } from '../chassis/core/index.ts';
import { createEtcdRegistry, type Registry } from '../chassis/registry/index.ts';
import { readSuiteFile } from '../up/suite-file.ts';
import { UsageError } from '../usage-error.ts';

/** Where a command looks for the suite. */
export interface SuiteOptions {
  /** host:port of etcd, several with commas between; undefined: ETCD_ENDPOINTS, else the suite that runs in `home`. */
  readonly etcd?: string;
  /** Where `tradewind up` keeps everything. */
  readonly home: string;
}

/** Opens the suite's registry; asks it nothing yet. Throws a UsageError when nothing says where it is. */
export async function openRegistry(options: SuiteOptions, environment: Environment): Promise<Registry> {
  const endpoints = options.etcd ?? environment['ETCD_ENDPOINTS'] ?? readSuiteFile(options.home)?.etcdEndpoints;
  if (endpoints === undefined || endpoints === '') {
    throw new UsageError(
      `no suite runs in ${options.home}: start one with \`npm start\`, or pass --etcd host:port (or ETCD_ENDPOINTS)`,
    );
  }
  const list = endpoints.split(',').map((endpoint) => endpoint.trim());
  return createEtcdRegistry({ endpoints: list, clock: systemClock, random: systemRandom });
}

/** Clients that find processes through the registry; closed before it. */
export function openClients(registry?: Registry): ClientFactory {
  return createClientFactory({ from: 'tradewind', registry });
}
