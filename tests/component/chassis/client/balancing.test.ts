import { afterEach, describe, expect, it } from '@jest/globals';
import { ServerError, Status } from 'nice-grpc';

import type { BalancingPolicy } from '../../../../src/chassis/balancer/index.ts';
import {
  createClientFactory,
  type ClientFactory,
  type ClientFactoryOptions,
} from '../../../../src/chassis/client/index.ts';
import { HEADERS, createEmitter } from '../../../../src/chassis/core/index.ts';
import type { Instance, Registry, Watcher, WatcherEvents } from '../../../../src/chassis/registry/index.ts';
import { createStaticRegistry } from '../../../../src/chassis/registry/index.ts';
import { startEchoServer } from '../../../support/echo-server.ts';
import { EchoServiceDefinition } from '../../../support/echo-service.ts';
import { startEchoProcess } from '../../../support/echo-process.ts';
import { eventually } from '../../../support/eventually.ts';
import { TRANSPORTS, connected } from '../../../support/transports.ts';

describe.each(TRANSPORTS)('createClientFactory over several endpoints with calls that are %s', (transport) => {
  let factory: ClientFactory;
  afterEach(() => factory.close());

  const connect = (addresses: readonly string[], options: Partial<ClientFactoryOptions> = {}) => {
    factory = createClientFactory({ from: 'test', transport, ...options });
    return factory.client(EchoServiceDefinition, `static:///${addresses.join(',')}`);
  };
  const allReady = (count: number) => connected(factory, transport, count);

  it('spreads calls evenly over the ready ones', async () => {
    await using one = await startEchoServer('one');
    await using two = await startEchoServer('two');
    await using three = await startEchoServer('three');
    const client = connect([one.address, two.address, three.address]);
    await allReady(3);
    for (let n = 0; n < 30; n++) await client.read({ message: String(n) });
    expect([one, two, three].map((server) => server.calls.length)).toEqual([10, 10, 10]);
  });

  it('never calls an endpoint that is not ready', async () => {
    await using one = await startEchoServer('one');
    const client = connect([one.address, '127.0.0.1:1']);
    for (let n = 0; n < 10; n++) expect((await client.write({ message: 'x' })).locale).toBe('one');
  });

  it('loses no idempotent call when one of two processes is killed under 50 at a time', async () => {
    await using one = await startEchoProcess('one', 5);
    await using two = await startEchoProcess('two', 5);
    const client = connect([one.address, two.address]);
    await allReady(2);
    const answeredBy = new Map<string, number>();
    const failures: unknown[] = [];
    let attempts = 0;
    factory.events.on('callEnded', (event) => (attempts += event.attempts));
    let isOver = false;
    const workers = Array.from({ length: 50 }, async () => {
      while (!isOver) {
        const { locale } = await client.read({ message: 'x' }).catch((error: unknown) => {
          failures.push(error);
          return { locale: 'none' };
        });
        answeredBy.set(locale, (answeredBy.get(locale) ?? 0) + 1);
      }
    });
    const answered = () => [...answeredBy.values()].reduce((sum, count) => sum + count, 0);
    await eventually(() => expect(answered()).toBeGreaterThan(500));
    const before = answered();
    await two.kill();
    await eventually(() => expect(answered()).toBeGreaterThan(before + 1_000));
    isOver = true;
    await Promise.all(workers);
    expect(failures).toEqual([]);
    expect(answeredBy.get('two')).toBeGreaterThan(0);
    expect(attempts).toBeGreaterThan(answered()); // some call did meet the crash
  });

  it('loses no call at all, idempotent or not, when one of two servers drains under 50 at a time', async () => {
    await using one = await startEchoServer('one');
    await using two = await startEchoServer('two');
    const client = connect([one.address, two.address]);
    await allReady(2);
    const failures: unknown[] = [];
    let isOver = false;
    const workers = Array.from({ length: 50 }, async () => {
      while (!isOver) await client.write({ message: 'x' }).catch((error: unknown) => failures.push(error));
    });
    await eventually(() => expect(two.calls.length).toBeGreaterThan(200));
    await two.drain();
    const before = one.calls.length;
    await eventually(() => expect(one.calls.length).toBeGreaterThan(before + 500));
    isOver = true;
    await Promise.all(workers);
    expect(failures).toEqual([]);
  });

  it('does not go back with a retry to where the attempt before failed', async () => {
    await using good = await startEchoServer('good');
    await using bad = await startEchoServer('bad', {
      async read() {
        throw new ServerError(Status.UNAVAILABLE, 'not me');
      },
    });
    const client = connect([good.address, bad.address]);
    await allReady(2);
    const answers = await Promise.all(Array.from({ length: 40 }, () => client.read({ message: 'x' })));
    expect(new Set(answers.map(({ locale }) => locale))).toEqual(new Set(['good']));
    const visits = bad.calls.map((call) => call.metadata.get(HEADERS.callId));
    expect(visits.length).toBeGreaterThan(10);
    expect(new Set(visits).size).toBe(visits.length);
  });

  it('tells the policy when each attempt begins and how it ended', async () => {
    await using one = await startEchoServer('one', {
      async write() {
        throw new ServerError(Status.NOT_FOUND, 'no');
      },
    });
    const seen: string[] = [];
    const policy: BalancingPolicy = {
      name: 'watching',
      createPicker: ([first]) => ({
        pick: ({ method }) => ({
          kind: 'picked',
          subchannel: first!.subchannel,
          onStart: () => seen.push(`start ${method}`),
          onEnd: (code) => seen.push(`end ${code}`),
        }),
      }),
    };
    const client = connect([one.address], { policy: () => policy });
    await client.read({ message: 'x' });
    await expect(client.write({ message: 'x' })).rejects.toMatchObject({ status: 'NOT_FOUND' });
    for await (const _message of client.count({ message: '2' }));
    const path = '/tradewind.test.v1.EchoService';
    expect(seen).toEqual([
      `start ${path}/Read`,
      'end 0',
      `start ${path}/Write`,
      'end 5',
      `start ${path}/Count`,
      'end 0',
    ]);
  });

  it('uses a server again that came back on its port', async () => {
    const one = await startEchoServer('one');
    const client = connect([one.address]);
    await client.read({ message: 'x' });
    await one.stop();
    await eventually(() => expect(factory.status()[0]?.endpoints[0]?.state).toBe('transient failure'));
    await expect(client.write({ message: 'x' })).rejects.toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'ENDPOINTS_UNREACHABLE',
    });
    await using again = await startEchoServer('again', {}, one.port);
    await eventually(async () => expect((await client.read({ message: 'x' })).locale).toBe('again'));
    expect(again.calls.length).toBeGreaterThan(0);
  });

  it('fails with NO_ENDPOINTS when nobody is known after the grace, and with the deadline before', async () => {
    factory = createClientFactory({ from: 'test', transport, registry: createStaticRegistry([]), graceMs: 200 });
    const client = factory.client(EchoServiceDefinition, 'etcd:///nobody');
    await expect(client.write({ message: 'x' }, { timeoutMs: 50 })).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
    });
    await expect(client.write({ message: 'x' })).rejects.toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'NO_ENDPOINTS',
      message: 'etcd:///nobody: no endpoint is known',
    });
  });

  it('waits for an endpoint that is still connecting, and keeps its connection through address updates', async () => {
    await using one = await startEchoServer('one');
    await using two = await startEchoServer('two');
    const registry = switchableRegistry();
    factory = createClientFactory({ from: 'test', transport, registry });
    const client = factory.client(EchoServiceDefinition, 'etcd:///echo');
    const waiting = client.write({ message: 'x' });
    registry.publish([one.address]);
    expect((await waiting).locale).toBe('one');

    registry.publish([one.address, two.address]);
    await allReady(2);
    for (let n = 0; n < 4; n++) await client.write({ message: 'x' });
    expect(new Set(one.calls.map((call) => call.peer)).size).toBe(1);

    registry.publish([two.address]);
    await eventually(() => expect(factory.status()[0]?.endpoints).toMatchObject([{ address: two.address }]));
    for (let n = 0; n < 3; n++) expect((await client.write({ message: 'x' })).locale).toBe('two');
    registry.publish([]);
    await eventually(() => expect(factory.status()[0]?.resolver.kind).toBe('stale'));
    expect((await client.write({ message: 'x' })).locale).toBe('two');
  });

  it('lets calls in flight end on an endpoint that was removed', async () => {
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    await using one = await startEchoServer('one', {
      async write() {
        await held;
        return { locale: 'one', message: 'finished' };
      },
    });
    await using two = await startEchoServer('two');
    const registry = switchableRegistry([one.address]);
    factory = createClientFactory({ from: 'test', transport, registry });
    const client = factory.client(EchoServiceDefinition, 'etcd:///echo');
    const call = client.write({ message: 'x' });
    await eventually(() => expect(one.calls).toHaveLength(1));
    registry.publish([two.address]);
    expect((await client.read({ message: 'x' })).locale).toBe('two');
    finish();
    expect((await call).message).toBe('finished');
  });

  it('cancels what outlives the drain time-out when it is closed, and refuses calls from then on', async () => {
    await using one = await startEchoServer('one', {
      async write(_request, { signal }) {
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        );
      },
    });
    const client = connect([one.address], { drainTimeoutMs: 50 });
    const call = client.write({ message: 'x' });
    const refused = expect(call).rejects.toMatchObject({ status: 'UNAVAILABLE', reason: 'CLIENT_CLOSED' });
    await eventually(() => expect(one.calls).toHaveLength(1));
    await factory.close();
    await refused;
    await expect(client.read({ message: 'x' })).rejects.toMatchObject({ reason: 'CLIENT_CLOSED' });
  });
});

/** A registry whose lists the test writes. */
function switchableRegistry(first?: readonly string[]): Registry & { publish(addresses: readonly string[]): void } {
  const events = createEmitter<WatcherEvents>();
  let instances: readonly Instance[] | undefined = first?.map(toInstance);
  const watcher: Watcher = {
    process: 'echo',
    state: { kind: 'watching', revision: '1' },
    get instances() {
      return instances;
    },
    events,
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return {
    ...createStaticRegistry([]),
    watch: () => watcher,
    publish(addresses) {
      instances = addresses.map(toInstance);
      events.emit('instances', { instances });
    },
  };
}

function toInstance(address: string): Instance {
  return { process: 'echo', id: address, address, weight: 100, zone: '', version: '', startedAt: '', metadata: {} };
}
