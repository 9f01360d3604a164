import { Etcd3 } from 'etcd3';

import { createEmbeddedEtcd } from '../../../src/embedded/etcd/index.ts';
import { serviceConfigKey, type GivenServiceConfig } from '../../../src/chassis/service-config/index.ts';
import { settingsKey, type GivenSettings } from '../../../src/chassis/settings/index.ts';
import { startCollector } from '../hop/collector.ts';
import { startSide, type HopSide } from '../hop/side-process.ts';

/** The same two processes, called in two ways. */
export const VARIANTS = ['off', 'on'] as const;

/** One of them. */
export type Variant = (typeof VARIANTS)[number];

/** What callers are told. Deadlines cannot be switched off: they are in both. */
const CONFIGS: Readonly<Record<Variant, GivenServiceConfig>> = {
  off: { retry: false, hedging: false, breaker: false, bulkhead: false },
  on: {
    timeouts: { callMs: 5_000, attemptMs: 2_000 },
    retry: { maxAttempts: 3 },
    hedging: { maxAttempts: 2 },
    breaker: { kind: 'adaptive' },
    bulkhead: { maxConcurrent: 512, maxQueued: 512 },
  },
};

/** What the server does. Limits that are never met cost what others do; a busy machine is not to be taken for an overload. */
const SETTINGS: Readonly<Record<Variant, GivenSettings>> = {
  off: { shedding: false, limits: {} },
  on: {
    shedding: { targetDelayMs: 10_000 },
    limits: { perCaller: { ratePerSecond: 10_000_000, burst: 10_000_000, maxConcurrent: 10_000 } },
  },
};

/** A server and a caller, each a process. */
export interface HopPair {
  readonly variant: Variant;
  readonly server: HopSide;
  readonly client: HopSide;
}

/** Starts both pairs, each with an etcd of its own that holds its config before anybody reads it. */
export async function startPairs(stack: AsyncDisposableStack): Promise<readonly HopPair[]> {
  const collector = stack.use(await startCollector());
  const pairs: HopPair[] = [];
  for (const variant of VARIANTS) {
    const etcd = stack.use(await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 }));
    await put(etcd.address, { [serviceConfigKey('user')]: CONFIGS[variant], [settingsKey('user')]: SETTINGS[variant] });
    const args = ['tradewind/multiplexed', etcd.address, collector.address];
    const server = stack.use(await startSide(['serve', ...args]));
    const client = stack.use(await startSide(['call', ...args, server.address]));
    pairs.push({ variant, server, client });
  }
  return pairs;
}

async function put(address: string, values: Readonly<Record<string, object>>): Promise<void> {
  const etcd = new Etcd3({ hosts: `http://${address}` });
  try {
    for (const [key, value] of Object.entries(values)) await etcd.put(key).value(JSON.stringify(value));
  } finally {
    etcd.close();
  }
}
