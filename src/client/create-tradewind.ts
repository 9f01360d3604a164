import type { ChannelCredentials } from 'nice-grpc';

import { createClientFactory, type ChassisClient, type ClientFactory } from '../chassis/client/index.ts';
import { systemClock, systemRandom } from '../chassis/core/index.ts';
import { openIdentity, type CertificateFiles } from '../chassis/identity/index.ts';
import type { RetryPolicy, TokenSource } from '../chassis/middleware/client/index.ts';
import { createEtcdRegistry, type Registry } from '../chassis/registry/index.ts';
import { formatTarget, parseTarget } from '../chassis/resolver/index.ts';
import { PROCESSES, SERVICES, type ProcessName } from './services.ts';

export type { ProcessName };

/** Where the services are: found in etcd as they come and go, or at addresses that stay. */
export type Discovery =
  /** "http://host:2379" of one or more members of the cluster that the suite registers in. */
  | { readonly etcd: string | readonly string[]; readonly addresses?: never }
  /** "host:port", several for replicas; processes that the app does not call may be left out. */
  | { readonly addresses: Readonly<Partial<Record<ProcessName, string | readonly string[]>>>; readonly etcd?: never };

/** What an app may choose; everything has a default. */
export interface TradewindOptions {
  /**
   * Sent with every call, but to `auth`, which takes none: so a function may renew the token through it. Default: no
   * token. A call says its own with its `token` option.
   */
  readonly token?: TokenSource | undefined;
  /** Names the app in the services' user agent; default "app". */
  readonly name?: string | undefined;
  /** For unary calls that say nothing themselves, over all attempts, in milliseconds; default 5,000. */
  readonly timeoutMs?: number | undefined;
  /** How idempotent calls are tried again; default 3 attempts. */
  readonly retry?: Partial<RetryPolicy> | undefined;
  /**
   * For a suite with mutual TLS: the files, in PEM, of the app's certificate (`spiffe://tradewind/<name>`, a name that the
   * contract lets call), of its key, and of the authorities it believes. They are followed while the app runs. Default: none.
   */
  readonly certificates?: CertificateFiles | undefined;
  /** nice-grpc's ChannelCredentials, for a suite behind another kind of TLS; default: none. */
  readonly credentials?: ChannelCredentials | undefined;
}

type Clients = { readonly [Name in keyof typeof SERVICES]: ChassisClient<(typeof SERVICES)[Name]['definition']> };

/**
 * A typed client of every service of the suite. Calls have deadlines, are balanced over the replicas that are ready and
 * tried again where the contract calls them idempotent; what fails throws a TradewindError. A process is connected to
 * when a client of it is first used.
 */
export interface Tradewind extends Clients, AsyncDisposable {
  /** Lets calls in flight end for up to five seconds, then closes every connection. Idempotent. */
  close(): Promise<void>;
}

/**
 * Makes the clients. Rejects when an address is malformed or names no process of the suite, or a certificate file is
 * wrong; servers that are not there yet are no error here but UNAVAILABLE in the call. Whoever made it closes it.
 */
export async function createTradewind(discovery: Discovery, options: TradewindOptions = {}): Promise<Tradewind> {
  const { targetOf, processAt } = targets(discovery);
  const { certificates } = options;
  const identity = certificates && (await openIdentity({ files: certificates, clock: systemClock }));
  const registry = await openRegistry(discovery);
  const factory = createClientFactory({
    from: options.name ?? 'app',
    registry,
    deadline: options.timeoutMs === undefined ? {} : { defaultTimeoutMs: options.timeoutMs },
    retry: options.retry,
    ...{ identity, processAt },
    credentials: options.credentials,
  });
  let closing: Promise<void> | undefined;
  const shutDown = async () => {
    await factory.close();
    identity?.[Symbol.dispose]();
    await registry?.close();
  };
  const close = () => (closing ??= shutDown());
  const own = { close, [Symbol.asyncDispose]: close };
  // One property for each service of the table that the type reads.
  return Object.defineProperties(own, clientProperties(factory, targetOf, options.token)) as typeof own & Clients;
}

/** Targets by process, and back, for targets that name hosts. */
interface Targets {
  readonly targetOf: (process: ProcessName) => string;
  readonly processAt: (target: string) => string | undefined;
}

function targets(discovery: Discovery): Targets {
  if (discovery.etcd !== undefined) {
    return { targetOf: (process) => `etcd:///${process}`, processAt: () => undefined };
  }
  const unknown = Object.keys(discovery.addresses).filter((name) => !(PROCESSES as readonly string[]).includes(name));
  if (unknown.length > 0) {
    throw new Error(`addresses: there is no process "${unknown.join('", "')}"; there are ${PROCESSES.join(', ')}`);
  }
  const byProcess = new Map(
    Object.entries(discovery.addresses).map(([process, addresses]) => {
      const target = `static:///${[addresses].flat().join(',')}`;
      return [process, formatTarget(parseTarget(target))]; // throws for what is not host:port
    }),
  );
  const atTarget = new Map([...byProcess].map(([process, target]) => [target, process]));
  const targetOf = (process: ProcessName) => {
    const target = byProcess.get(process);
    if (target === undefined) throw new Error(`addresses: "${process}" is called and has no address`);
    return target;
  };
  return { targetOf, processAt: (target) => atTarget.get(target) };
}

async function openRegistry({ etcd }: Discovery): Promise<Registry | undefined> {
  if (etcd === undefined) return undefined;
  return createEtcdRegistry({ endpoints: [etcd].flat(), clock: systemClock, random: systemRandom });
}

/** Each client is made when it is first read: a process that is not called is neither watched nor connected to. */
function clientProperties(
  factory: ClientFactory,
  targetOf: (process: ProcessName) => string,
  token: TokenSource | undefined,
): PropertyDescriptorMap {
  const made = new Map<string, unknown>();
  const properties = Object.entries(SERVICES).map(([name, { process, definition }]) => {
    const make = () => factory.client(definition, targetOf(process), name === 'auth' ? {} : { token });
    const get = () => {
      if (!made.has(name)) made.set(name, make());
      return made.get(name);
    };
    return [name, { enumerable: true, get }];
  });
  return Object.fromEntries(properties) as PropertyDescriptorMap; // descriptors, as built above
}
