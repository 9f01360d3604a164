import { describe, expect, it } from '@jest/globals';

import { systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { createDnsLookup, createDnsWatcher, parseDnsName } from '../../../../src/chassis/registry/dns/index.ts';
import { createRegistryResolver, endpointsOf } from '../../../../src/chassis/resolver/index.ts';
import { startDnsServer, type DnsRecord, type DnsServer } from '../../../support/dns-server.ts';
import { eventually } from '../../../support/eventually.ts';

const A = (name: string, ...hosts: readonly string[]): readonly DnsRecord[] =>
  hosts.map((data) => ({ type: data.includes(':') ? 'AAAA' : 'A', name, data }));

const SRV = (target: string, port: number, weight: number, priority = 0): DnsRecord => ({
  type: 'SRV',
  name: '_grpc._tcp.order.test',
  data: { target, port, weight, priority },
});

const watch = (server: DnsServer, name: string, timing: { intervalMs?: number; minIntervalMs?: number } = {}) =>
  createDnsWatcher({
    ...{ process: 'order', name: parseDnsName(name), clock: systemClock, random: systemRandom },
    ...{ servers: [server.address], timeoutMs: 250, intervalMs: 100, minIntervalMs: 20, ...timing },
  });

const signal = new AbortController().signal;

describe('createDnsLookup', () => {
  it('finds the addresses of a host, of both families, on the port of the name', async () => {
    await using server = await startDnsServer();
    server.set(A('order.test', '10.0.0.2', '10.0.0.1', 'fd00::1', '10.0.0.1'));
    const lookup = createDnsLookup({ servers: [server.address] });

    expect(await lookup(parseDnsName('order.test:50051'), signal)).toEqual([
      { address: '10.0.0.1:50051', weight: 100 },
      { address: '10.0.0.2:50051', weight: 100 },
      { address: '[fd00::1]:50051', weight: 100 },
    ]);
  });

  it('finds hosts, ports and weights of SRV records, of the lowest priority alone', async () => {
    await using server = await startDnsServer();
    const hosts = [...A('one.test', '10.0.0.1'), ...A('two.test', '10.0.0.2'), ...A('spare.test', '10.0.0.3')];
    server.set([...hosts, SRV('one.test', 1001, 30), SRV('two.test', 1002, 0), SRV('spare.test', 1003, 10, 5)]);
    const lookup = createDnsLookup({ servers: [server.address] });

    expect(await lookup(parseDnsName('_grpc._tcp.order.test'), signal)).toEqual([
      { address: '10.0.0.1:1001', weight: 30 },
      { address: '10.0.0.2:1002', weight: 1 },
    ]);
    server.set([...hosts, SRV('one.test', 1001, 0), SRV('two.test', 1002, 0)]);
    expect((await lookup(parseDnsName('_grpc._tcp.order.test'), signal)).map(({ weight }) => weight)).toEqual([
      100, 100,
    ]);
  });

  it('tells "nobody" from "cannot be asked"', async () => {
    await using server = await startDnsServer();
    const lookup = createDnsLookup({ servers: [server.address], timeoutMs: 250 });
    expect(await lookup(parseDnsName('order.test:1'), signal)).toEqual([]);
    server.behave('refuse');
    await expect(lookup(parseDnsName('order.test:1'), signal)).rejects.toMatchObject({ code: 'ESERVFAIL' });
    server.behave('silent');
    await expect(lookup(parseDnsName('_grpc._tcp.order.test'), signal)).rejects.toMatchObject({ code: 'ETIMEOUT' });
  });

  it('is given up when its signal fires', async () => {
    await using server = await startDnsServer();
    server.behave('silent');
    const stop = new AbortController();
    const looking = createDnsLookup({ servers: [server.address] })(parseDnsName('order.test:1'), stop.signal);
    await eventually(() => expect(server.questions).toBeGreaterThan(0));
    stop.abort();
    await expect(looking).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('knows the names of the hosts file where no servers are given', async () => {
    const found = await createDnsLookup()(parseDnsName('localhost:80'), signal);
    expect(found.map(({ address }) => address)).toContain('127.0.0.1:80');
  });
});

describe('createDnsWatcher', () => {
  it('sees addresses come and go', async () => {
    await using server = await startDnsServer();
    await using watcher = watch(server, 'order.test:1');
    await eventually(() => expect(watcher.instances).toEqual([]));
    server.set(A('order.test', '10.0.0.1'));
    await eventually(() => expect(watcher.instances).toMatchObject([{ process: 'order', address: '10.0.0.1:1' }]));
    server.set(A('order.test', '10.0.0.2', '10.0.0.1'));
    await eventually(() => expect(watcher.instances).toHaveLength(2));
  });

  it('tells a list once, whatever the order it comes in', async () => {
    await using server = await startDnsServer();
    server.set(A('order.test', '10.0.0.1', '10.0.0.2'));
    await using watcher = watch(server, 'order.test:1');
    let lists = 0;
    watcher.events.on('instances', () => (lists += 1));
    await eventually(() => expect(watcher.instances).toHaveLength(2));
    server.set(A('order.test', '10.0.0.2', '10.0.0.1'));
    const asked = server.questions;
    await eventually(() => expect(server.questions).toBeGreaterThan(asked + 4));
    expect(lists).toBe(1);
  });

  it('keeps its list while nobody answers, says so, and goes on', async () => {
    await using server = await startDnsServer();
    server.set(A('order.test', '10.0.0.1'));
    await using watcher = watch(server, 'order.test:1');
    const interrupted: unknown[] = [];
    watcher.events.on('interrupted', (event) => interrupted.push(event));
    await eventually(() => expect(watcher.state.kind).toBe('watching'));

    server.behave('refuse');
    await eventually(() => expect(watcher.state.kind).toBe('listing'));
    expect(interrupted[0]).toMatchObject({ error: { code: 'ESERVFAIL' } });
    expect(watcher.instances).toHaveLength(1);
    server.set(A('order.test', '10.0.0.9'));
    server.behave('answer');
    await eventually(() => expect(watcher.instances).toMatchObject([{ address: '10.0.0.9:1' }]));
  });

  it('looks at once when it is told to, at most once per shortest interval', async () => {
    await using server = await startDnsServer();
    server.set(A('order.test', '10.0.0.1'));
    await using watcher = watch(server, 'order.test:1', { intervalMs: 3_600_000, minIntervalMs: 200 });
    await eventually(() => expect(watcher.instances).toHaveLength(1));
    const before = server.questions; // two a lookup: A and AAAA
    server.set(A('order.test', '10.0.0.2'));
    for (let n = 0; n < 100; n++) watcher.refresh();

    await eventually(() => expect(watcher.instances).toMatchObject([{ address: '10.0.0.2:1' }]));
    expect(server.questions - before).toBeLessThanOrEqual(4);
  });

  it('feeds a resolver, which keeps the last known good when the name is gone', async () => {
    await using server = await startDnsServer();
    server.set(A('order.test', '10.0.0.1'));
    await using resolver = createRegistryResolver(watch(server, 'order.test:1'), systemClock);
    await eventually(() => expect(resolver.state.kind).toBe('resolved'));
    server.set([]);
    await eventually(() => expect(resolver.state.kind).toBe('stale'));
    expect(endpointsOf(resolver.state)).toMatchObject([{ address: '10.0.0.1:1' }]);
  });
});
