import type { Environment } from '../catalogue.ts';
import { createClientFactory, type ClientFactory } from '../chassis/client/index.ts';
import { systemClock, systemRandom } from '../chassis/core/index.ts';
import {
  CertificateError,
  openIdentity,
  type CertificateFiles,
  type ProcessIdentity,
} from '../chassis/identity/index.ts';
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

/** Where the suite's registry is. Throws a UsageError when nothing says it. */
export function registryOf({ etcd, home }: SuiteOptions, environment: Environment): RegistryUrl {
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

/** What a command calls with; closed before the registry. */
export interface SuiteClients extends AsyncDisposable {
  readonly clients: ClientFactory;
}

/**
 * Clients that find processes through the registry. They show the certificate that TLS_CERT_FILE, TLS_KEY_FILE and
 * TLS_CA_FILE name, or else the operator's of the suite that runs in `home`; where there is none, calls are plain text.
 * Throws a UsageError for certificates that cannot be used.
 */
export async function openClients(
  { home }: SuiteOptions,
  environment: Environment,
  registry?: Registry,
): Promise<SuiteClients> {
  const files = certificatesIn(environment) ?? readSuiteFile(home)?.certificates;
  const identity = files && (await openIdentityOf(files));
  const clients = createClientFactory({ from: 'tradewind', registry, identity });
  return {
    clients,
    async [Symbol.asyncDispose]() {
      await clients.close();
      identity?.[Symbol.dispose]();
    },
  };
}

function certificatesIn(environment: Environment): CertificateFiles | undefined {
  const { TLS_CERT_FILE: certificate, TLS_KEY_FILE: key, TLS_CA_FILE: ca } = environment;
  if (certificate === undefined && key === undefined && ca === undefined) return undefined;
  if (certificate !== undefined && key !== undefined && ca !== undefined) return { certificate, key, ca };
  throw new UsageError('TLS_CERT_FILE, TLS_KEY_FILE and TLS_CA_FILE are given together or not at all');
}

async function openIdentityOf(files: CertificateFiles): Promise<ProcessIdentity> {
  try {
    return await openIdentity({ files, clock: systemClock });
  } catch (error) {
    if (error instanceof CertificateError) throw new UsageError(error.message);
    throw error;
  }
}
