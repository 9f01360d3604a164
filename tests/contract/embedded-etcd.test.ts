import { once } from 'node:events';
import type { Duplex } from 'node:stream';

import { describe, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';

import { createEmbeddedEtcd } from '../../src/embedded/etcd/index.ts';
import { openRawWatch } from '../support/etcd-watch.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

describe('createEmbeddedEtcd', () => {
  it('closes promptly under open watches and leases, and frees its port', async () => {
    const etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
    const client = new Etcd3({ hosts: [`http://${etcd.address}`] });
    const watch = await openRawWatch(client);
    await watch.create({ key: Buffer.from('a') });
    const keepAlive = await client.leaseClient.leaseKeepAlive();
    const failed = new Promise<Error>((resolve) => keepAlive.on('error', resolve));
    keepAlive.write({ ID: '1' });
    await new Promise((resolve) => keepAlive.on('data', resolve));

    const before = performance.now();
    await Promise.all([etcd.close(), etcd.close()]);
    expect(performance.now() - before).toBeLessThan(1_000);
    expect((await failed).message).toMatch('UNAVAILABLE: etcdserver: server stopped');
    client.close();

    const again = await createEmbeddedEtcd({ host: '127.0.0.1', port: Number(etcd.address.split(':')[1]) });
    expect(again.address).toBe(etcd.address);
    await expect(
      createEmbeddedEtcd({ host: '127.0.0.1', port: Number(again.address.split(':')[1]) }),
    ).rejects.toThrow();
    await again.close();
  });

  it('closes, and frees its port, under a client that is gone without a word', async () => {
    const etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
    await using proxy = await startTcpProxy(etcd.address);
    const client = new Etcd3({ hosts: [`http://${proxy.address}`] });
    const watch = await openRawWatch(client);
    await watch.create({ key: Buffer.from('a') });
    await proxy.set({ kind: 'black hole' });

    const before = performance.now();
    await etcd.close();
    expect(performance.now() - before).toBeLessThan(3_000);
    await using again = await createEmbeddedEtcd({ host: '127.0.0.1', port: Number(etcd.address.split(':')[1]) });
    expect(again.address).toBe(etcd.address);
    await watch.close();
    client.close();
  });

  it('does not keep events for a client that does not read them, and sends all once it does', async () => {
    const historyLimit = 100_000;
    await using etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0, historyLimit });
    // a connection each: the reader's will be full
    const options = { hosts: [`http://${etcd.address}`], grpcOptions: { 'grpc.use_local_subchannel_pool': 1 } };
    const reader = new Etcd3(options);
    const writer = new Etcd3(options);
    const stream = await reader.watchClient.watch();
    const duplex = stream as unknown as Duplex; // what grpc-js made, behind etcd3's type
    const created = once(duplex, 'data');
    stream.write({ create_request: { key: Buffer.from('a') } });
    await created;
    duplex.pause();
    const value = Buffer.alloc(64 * 1024);
    const writes = 200;
    for (let write = 0; write < writes; write += 1) await writer.kv.put({ key: Buffer.from('a'), value });
    let seen = 0;
    const complete = new Promise<void>((resolve) => {
      stream.on('data', (response) => {
        seen += response.events.length;
        if (seen === writes) resolve();
      });
    });
    duplex.resume();
    await complete;
    expect(seen).toBe(writes);
    stream.on('error', () => undefined); // its own cancellation
    stream.cancel();
    reader.close();
    writer.close();
  });
});
