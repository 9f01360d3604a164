import { Etcd3 } from 'etcd3';

import { nowMs } from './place.ts';

/** The bare peer: one etcd3 watch on the same keys, with nothing of ours around it. */
export interface BareWatch extends AsyncDisposable {
  /** Writes a key of its own; resolves with how long its event took to come back to the watch, in milliseconds. */
  roundTripMs(): Promise<number>;
  /** When the watch told that the key was gone; waits for it. */
  deletedMs(key: string): Promise<number>;
}

/** Watches a prefix of its own and the services' keys. */
export async function openBareWatch(etcd: string): Promise<BareWatch> {
  const client = new Etcd3({ hosts: etcd });
  const own = '/bench-bare/';
  const puts = new Map<string, (atMs: number) => void>();
  const deletions = new Map<string, PromiseWithResolvers<number>>();
  const deletion = (key: string) => {
    const known = deletions.get(key) ?? Promise.withResolvers<number>();
    deletions.set(key, known);
    return known;
  };
  const ownWatch = await client.watch().prefix(own).create();
  ownWatch.on('put', ({ key }) => puts.get(key.toString())?.(nowMs()));
  const watch = await client.watch().prefix('/tradewind/services/').create();
  watch.on('delete', ({ key }) => deletion(key.toString()).resolve(nowMs()));
  let count = 0;
  return {
    async roundTripMs() {
      count += 1;
      const key = `${own}${count}`;
      const seen = new Promise<number>((resolve) => puts.set(key, resolve));
      const startedMs = nowMs();
      const lease = await client.leaseClient.leaseGrant({ TTL: 60 }); // as a registration does: grant, then put
      await client.kv.put({ key: Buffer.from(key), value: Buffer.from('{}'), lease: lease.ID });
      const took = (await seen) - startedMs;
      puts.delete(key);
      return took;
    },
    deletedMs: (key) => deletion(key).promise,
    async [Symbol.asyncDispose]() {
      await ownWatch.cancel();
      await watch.cancel();
      client.close();
    },
  };
}
