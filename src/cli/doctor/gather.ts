import { statfs } from 'node:fs/promises';

import { CATALOGUE } from '../../catalogue.ts';
import type { ClientFactory } from '../../chassis/client/index.ts';
import { contractVersion } from '../../chassis/contract/index.ts';
import type { Clock } from '../../chassis/core/index.ts';
import type { Instance, Registry, RegistryUrl } from '../../chassis/registry/index.ts';
import { askInstance } from './ask-instance.ts';
import type { Answer, DiskFacts, SuiteSnapshot } from './snapshot.ts';

/** What a suite is looked at with. */
export interface GatherOptions {
  readonly url: RegistryUrl;
  readonly registry: Registry;
  readonly clients: ClientFactory;
  readonly home: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A registry that takes longer does not answer, in milliseconds. */
const REGISTRY_TIMEOUT_MS = 5_000;

/** Looks at everything once. Whoever does not answer is part of the picture: nothing of that rejects. */
export async function gatherSnapshot(options: GatherOptions): Promise<SuiteSnapshot> {
  const { url, registry, clients, home, clock, signal } = options;
  const listed = await listInstances(registry, AbortSignal.any([signal, AbortSignal.timeout(REGISTRY_TIMEOUT_MS)]));
  const [instances, contract, disk] = await Promise.all([
    listed.kind === 'failed'
      ? listed
      : Promise.all(listed.value.map((instance) => askInstance(instance, { clients, clock, signal }))).then(
          (value) => ({ kind: 'answered', value }) as const,
        ),
    contractVersion(),
    diskOf(home),
  ]);
  return {
    registry: { kind: url.kind, address: addressOf(url) },
    instances,
    expected: CATALOGUE.filter(({ kind }) => kind !== 'sandbox').map(({ name }) => name),
    own: { contract, nodeMajor: Number(process.versions.node.split('.')[0]) },
    disk,
    takenMs: clock.now(),
  };
}

async function listInstances(registry: Registry, signal: AbortSignal): Promise<Answer<readonly Instance[]>> {
  try {
    const processes = await registry.processes(signal);
    const lists = await Promise.all(processes.map((process) => registry.list(process, signal)));
    return { kind: 'answered', value: lists.flat() };
  } catch (error) {
    if (signal.aborted) return { kind: 'failed', error: `no answer within ${REGISTRY_TIMEOUT_MS / 1_000} s` };
    return { kind: 'failed', error: error instanceof Error ? error.message : String(error) };
  }
}

function addressOf(url: RegistryUrl): string {
  switch (url.kind) {
    case 'etcd':
      return url.endpoints.join(', ');
    case 'consul':
      return url.address;
    case 'dns':
      return url.pattern;
    case 'static':
      return url.instances.map(({ address }) => address).join(', ');
  }
}

/** Undefined where there is no such folder: the suite runs elsewhere. */
async function diskOf(path: string): Promise<DiskFacts | undefined> {
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    return { path, freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}
