import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';

import { systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { createEtcdRegistry } from '../../../../src/chassis/registry/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { describeIf } from '../../../support/optional.ts';
import { hasRealEtcd } from '../../../support/real-etcd.ts';
import { startTcpProxy } from '../../../support/tcp-proxy.ts';
import { anInstance } from '../../../support/watchers.ts';
import { embeddedTestEtcd, realTestEtcd, type TestEtcd } from './etcd-servers.ts';

describe('a registration in the embedded etcd', () => registrationFaults(embeddedTestEtcd));
describeIf(hasRealEtcd(), 'a registration in a real etcd', 'etcd', () => registrationFaults(realTestEtcd));

function registrationFaults(startEtcd: () => Promise<TestEtcd>): void {
  let etcd: TestEtcd;
  let admin: Etcd3;
  beforeAll(async () => {
    etcd = await startEtcd();
    admin = new Etcd3({ hosts: etcd.endpoint });
  });
  afterAll(async () => {
    admin.close();
    await etcd[Symbol.asyncDispose]();
  });
  const keyOf = (id: string) => `/tradewind/services/echo/${id}`;
  const open = (endpoint: string, leaseTtlSeconds: number) =>
    createEtcdRegistry({
      endpoints: [endpoint],
      ...{ clock: systemClock, random: systemRandom, leaseTtlSeconds, requestTimeoutMs: 1_000 },
    });

  it('gives itself up while etcd still lists it, when it cannot renew', async () => {
    await using proxy = await startTcpProxy(etcd.endpoint);
    await using registry = await open(proxy.address, 5);
    await using registration = registry.register(anInstance('127.0.0.1:1', { id: 'cut-off' }));
    await registration.registered();
    const stillListed = new Promise<boolean>((resolve) =>
      registration.events.on('lost', () => resolve(admin.get(keyOf('cut-off')).exists())),
    );
    await proxy.set({ kind: 'black hole' });
    expect(await stillListed).toBe(true);
    expect(registration.state.kind).not.toBe('registered');
    await proxy.set({ kind: 'none' });
    await eventually(() => expect(registration.state.kind).toBe('registered'));
    await eventually(async () => expect(await admin.get(keyOf('cut-off')).exists()).toBe(true));
  });

  it('gives up nothing when its connection breaks and can be made again', async () => {
    await using proxy = await startTcpProxy(etcd.endpoint);
    await using registry = await open(proxy.address, 5);
    await using registration = registry.register(anInstance('127.0.0.1:1', { id: 'cut' }));
    await registration.registered();
    const lost: unknown[] = [];
    registration.events.on('lost', (event) => lost.push(event));
    const before = registration.state;
    const renewals: number[] = [];
    registration.events.on('renewed', ({ atMs }) => renewals.push(atMs));
    for (let n = 0; n < 3; n++) {
      proxy.cut();
      const seen = renewals.length;
      await eventually(() => expect(renewals.length).toBeGreaterThan(seen));
    }
    expect(lost).toEqual([]);
    expect(registration.state).toMatchObject({ kind: 'registered', leaseId: Object(before).leaseId });
  });

  it('leaves a connection that fell silent for a new one, and so does a watch', async () => {
    await using proxy = await startFreezableProxy(etcd.endpoint);
    await using registry = await open(proxy.address, 5);
    await using registration = registry.register(anInstance('127.0.0.1:1', { id: 'frozen-line' }));
    await registration.registered();
    await using watcher = registry.watch('echo');
    await eventually(() => expect(watcher.instances?.map(({ id }) => id)).toContain('frozen-line'));
    await eventually(() => expect(watcher.state.kind).toBe('watching'));

    proxy.freezePresent();
    await admin.put(keyOf('newcomer')).value(JSON.stringify(anInstance('127.0.0.1:2', { id: 'newcomer' })));
    await eventually(() => expect(watcher.instances?.map(({ id }) => id)).toContain('newcomer'), { timeoutMs: 6_000 });
    const thawedMs = systemClock.monotonicMs();
    await eventually(() => expect(registration.state).toMatchObject({ kind: 'registered' }));
    await eventually(() => expect(Object(registration.state).lastKeepaliveMs).toBeGreaterThan(thawedMs));
    await admin.delete().key(keyOf('newcomer'));
  });

  it('writes a change that was asked for while etcd was away', async () => {
    await using proxy = await startTcpProxy(etcd.endpoint);
    await using registry = await open(proxy.address, 5);
    await using registration = registry.register(anInstance('127.0.0.1:1', { id: 'changing' }));
    await registration.registered();
    await proxy.set({ kind: 'refuse' });
    const updated = registration.update({ weight: 7, metadata: { colour: 'red' } });
    expect(registration.instance.weight).toBe(7);
    await proxy.set({ kind: 'none' });
    await updated;
    expect(await admin.get(keyOf('changing')).json()).toMatchObject({ weight: 7, metadata: { colour: 'red' } });
  });

  it('is back with one key and one lease when its process was frozen past its TTL', async () => {
    const leases = async () => (await admin.leaseClient.leaseLeases()).leases.length;
    await eventually(async () => expect(await leases()).toBe(0), { timeoutMs: 15_000 });
    const main = join(import.meta.dirname, '../../../support/registrant-main.ts');
    const child = fork(main, [etcd.endpoint, 'frozen'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const states: string[] = [];
    child.stdout?.on('data', (text: Buffer) => states.push(...text.toString().trim().split('\n')));
    try {
      const registered = (times: number) =>
        eventually(
          () => expect(states.filter((state) => state === 'registered').length).toBeGreaterThanOrEqual(times),
          {
            timeoutMs: 15_000,
          },
        );
      await registered(1);
      child.kill('SIGSTOP');
      const before = states.filter((state) => state === 'registered').length;
      await eventually(async () => expect(await admin.get(keyOf('frozen')).exists()).toBe(false), {
        timeoutMs: 10_000,
      });
      child.kill('SIGCONT');
      await registered(before + 1);
      expect(states).toContain('lost');
      expect(await admin.getAll().prefix(keyOf('frozen')).count()).toBe(1);
      await eventually(async () => expect(await leases()).toBe(1));
    } finally {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  });
}

/** A proxy whose present connections can be made to hold back everything for ever, while new ones pass. */
async function startFreezableProxy(upstream: string) {
  const [host = '', port = ''] = upstream.split(':');
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const there = connect(Number(port), host);
    for (const [from, to] of [
      [client, there],
      [there, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    freezePresent: () => sockets.forEach((socket) => socket.pause()),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}
