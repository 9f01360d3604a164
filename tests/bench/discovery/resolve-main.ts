// `node --expose-gc resolve-main.ts <etcd> <process> <count>`: resolves one process of that many instances through the
// registry, in a process of its own so that memory is its own, and says what that took beside a bare list.
import { Etcd3 } from 'etcd3';

import { systemClock, systemRandom } from '../../../src/chassis/core/index.ts';
import { createEtcdRegistry } from '../../../src/chassis/registry/index.ts';
import { createRegistryResolver, endpointsOf } from '../../../src/chassis/resolver/index.ts';

/** What resolving took. */
export interface Resolved {
  readonly resolveMs: number;
  readonly bareListMs: number;
  /** Kept afterwards, beyond what the process had with one instance known. */
  readonly heapMb: number;
}

const [, , etcd = '', processName = '', count = ''] = process.argv;
const heap = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
};
const registry = await createEtcdRegistry({ endpoints: [etcd], clock: systemClock, random: systemRandom });
const resolve = async (name: string, wanted: number) => {
  const startedMs = performance.now();
  const resolver = createRegistryResolver(registry.watch(name), systemClock);
  await new Promise<void>((done) => {
    const check = () => endpointsOf(resolver.state).length === wanted && done();
    resolver.events.on('changed', check);
    check();
  });
  return { resolver, ms: performance.now() - startedMs };
};
const bareList = async (name: string) => {
  const bare = new Etcd3({ hosts: etcd });
  const startedMs = performance.now();
  const values = await bare.getAll().prefix(`/tradewind/services/${name}/`).strings();
  Object.values(values).map((value) => JSON.parse(value) as unknown);
  const ms = performance.now() - startedMs;
  bare.close();
  return ms;
};
await bareList('bench-one'); // code is loaded and warm for both
const one = await resolve('bench-one', 1);
const bareListMs = await bareList(processName);
const before = heap();
const many = await resolve(processName, Number(count));
const heapMb = heap() - before;
process.send?.({ resolveMs: many.ms, bareListMs, heapMb } satisfies Resolved);
await one.resolver.close();
await many.resolver.close();
await registry.close();
process.disconnect();
