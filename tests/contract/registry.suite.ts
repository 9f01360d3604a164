import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { newId, systemClock } from '../../src/chassis/core/index.ts';
import type { Instance, Registry } from '../../src/chassis/registry/index.ts';
import { eventually } from '../support/eventually.ts';

/** A registry's server, as far as its adapter has one. */
export interface RegistryUnderTest extends AsyncDisposable {
  /** One more client of it, closed by the suite; a crashed one's instances are gone after `leaseTtlSeconds`. */
  open(leaseTtlSeconds: number): Promise<Registry>;
  /** Where nobody can register: has these be listed from now on, and no others. */
  place?(instances: readonly Instance[]): Promise<void>;
  /** Where a registration can be taken away behind its owner's back. */
  evict?(instance: Instance): Promise<void>;
  /** Where something can be put among a process's registrations that is none. */
  putMalformed?(process: string): Promise<void>;
  /** Where keys have values; undefined takes the key away. */
  putValue?(key: string, value: string | undefined): Promise<void>;
  /** Where it can be away. What it knew may be gone when it is back. */
  readonly outage?: { stop(): Promise<void>; start(): Promise<void> };
}

/** What an adapter of the registry port promises. */
export type Promised = 'processes' | 'registration' | 'eviction' | 'malformed values' | 'values' | 'outage';

const ids = (instances: readonly Instance[] | undefined) => instances?.map(({ id }) => id);

/**
 * What every adapter of the registry port owes its users. Each promise beyond listing and watching is named by the
 * caller; the server has to offer what it is tested with.
 */
export function describeRegistry(start: () => Promise<RegistryUnderTest>, promises: readonly Promised[]): void {
  const promised = (promise: Promised) => promises.includes(promise);
  let server: RegistryUnderTest;
  const open: Registry[] = [];
  const newRegistry = async (leaseTtlSeconds = 5) => {
    const registry = await server.open(leaseTtlSeconds);
    open.push(registry);
    return registry;
  };

  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => {
    await Promise.all(open.map((registry) => registry.close()));
    await server?.[Symbol.asyncDispose]();
  });

  /** Has the instances listed, whichever way this registry knows. */
  const listing = async (instances: readonly Instance[]) => {
    if (server.place !== undefined) return server.place(instances);
    const registry = await newRegistry();
    await Promise.all(instances.map((instance) => registry.register(instance).registered()));
  };

  describe('discovery', () => {
    it('lists the instances of one process, ordered by id, and nobody of another whose name begins the same', async () => {
      const user = [newInstance('user'), newInstance('user')].sort((a, b) => (a.id < b.id ? -1 : 1));
      await listing([user[1]!, newInstance('user-admin'), user[0]!]);
      const registry = await newRegistry();

      expect((await registry.list('user')).map(({ address }) => address)).toEqual(user.map(({ address }) => address));
      expect(await registry.list('nobody')).toEqual([]);
    });

    if (promised('processes')) {
      it('lists the processes that somebody is there for, in order, each once', async () => {
        await listing(['b-listed', 'a-listed', 'b-listed'].map(newInstance));
        const names = await (await newRegistry()).processes();
        expect(names.filter((name) => name.endsWith('-listed'))).toEqual(['a-listed', 'b-listed']);
        expect(names).toEqual(names.toSorted());
      });
    }

    it('watches: the whole list at first, also when it is empty', async () => {
      const there = newInstance('watched');
      await listing([there]);
      const registry = await newRegistry();
      const [watcher, nobody] = [registry.watch('watched'), registry.watch('watched-nobody')];

      await eventually(() => expect(watcher.instances?.map(({ address }) => address)).toEqual([there.address]));
      await eventually(() => expect(nobody.instances).toEqual([]));
      expect(watcher.process).toBe('watched');
      await eventually(() => expect(watcher.state.kind).toBe('watching'));
    });

    it('closes a watcher for good, twice if need be', async () => {
      const registry = await newRegistry();
      const watcher = registry.watch('closed');
      await Promise.all([watcher.close(), watcher.close()]);
      expect(watcher.state.kind).toBe('closed');
    });

    it('gives a list up when its signal has fired', async () => {
      const registry = await newRegistry();
      await expect(registry.list('user', AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    });

    it('takes nothing on once it is closed, and everything it made is closed with it', async () => {
      const registry = await newRegistry();
      const watcher = registry.watch('user');
      const registration = registry.register(newInstance('leaving'));
      await registration.registered();
      await Promise.all([registry.close(), registry.close()]);

      expect(watcher.state.kind).toBe('closed');
      expect(registration.state.kind).toBe('revoked');
      expect(() => registry.watch('user')).toThrow('closed');
      expect(() => registry.register(newInstance('user'))).toThrow('closed');
    });
  });

  describe('a registration', () => {
    it('says when it is registered, takes updates, and is revoked once it is closed', async () => {
      const registry = await newRegistry();
      const registration = registry.register(newInstance('lived'));
      const revoked: unknown[] = [];
      registration.events.on('revoked', (event) => revoked.push(event));

      await registration.registered();
      expect(registration.state.kind).toBe('registered');
      await registration.update({ weight: 7 });
      expect(registration.instance.weight).toBe(7);
      await Promise.all([registration.close(), registration.close()]);
      expect(registration.state).toEqual({ kind: 'revoked' });
      expect(revoked).toEqual([{}]);
      await expect(registration.registered()).rejects.toMatchObject({ name: 'AbortError' });
      await expect(registration.update({ weight: 8 })).rejects.toMatchObject({ name: 'AbortError' });
    });

    if (!promised('registration')) return;

    it('is listed and watched elsewhere with every field it has', async () => {
      const [here, there] = [await newRegistry(), await newRegistry()];
      const watcher = there.watch('complete');
      const instance: Instance = {
        ...newInstance('complete'),
        ...{ weight: 0, zone: 'eu-1', version: '2.0.0-rc.1', startedAt: '2026-01-01T00:00:00Z' },
        ...{ adminAddress: '[::1]:9090', transports: ['plain', 'multiplexed'] },
        metadata: { colour: 'red', 'a name of words': 'käse', long: 'x'.repeat(700), empty: '' },
      };
      await here.register(instance).registered();

      expect(await there.list('complete')).toEqual([instance]);
      await eventually(() => expect(watcher.instances).toEqual([instance]));
    });

    it('is seen to come, to change and to go at once', async () => {
      const registry = await newRegistry(30);
      const watcher = registry.watch('moving');
      const first = registry.register(newInstance('moving'));
      const second = registry.register(newInstance('moving'));
      await eventually(() => expect(watcher.instances).toHaveLength(2));

      await first.update({ weight: 0, metadata: { draining: 'true' } });
      await eventually(() =>
        expect(watcher.instances).toContainEqual({
          ...first.instance,
          ...{ weight: 0, metadata: { draining: 'true' } },
        }),
      );
      await first.close();
      await eventually(() => expect(ids(watcher.instances)).toEqual([second.instance.id]));
    });

    it('is kept past its TTL, without a loss', async () => {
      const registry = await newRegistry(2);
      const registration = registry.register(newInstance('lasting'));
      const lost: unknown[] = [];
      registration.events.on('lost', (event) => lost.push(event));
      await registration.registered();
      const until = systemClock.monotonicMs() + 4_500;
      await eventually(
        async () => {
          expect(await registry.list('lasting')).toHaveLength(1);
          expect(systemClock.monotonicMs()).toBeGreaterThan(until);
        },
        { timeoutMs: 10_000 },
      );
      expect(lost).toEqual([]);
    });

    it('has an AbortError for who waits for it and gives up', async () => {
      const registry = await newRegistry();
      const registration = registry.register(newInstance('awaited'));
      await expect(registration.registered(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
      await registration.close();
    });
  });

  if (promised('eviction')) {
    it('registers again, once, when somebody took the registration away', async () => {
      const registry = await newRegistry(3);
      const registration = registry.register(newInstance('robbed'));
      const lost: unknown[] = [];
      registration.events.on('lost', (event) => lost.push(event));
      await registration.registered();

      await server.evict?.(registration.instance);
      await eventually(() => expect(lost).toHaveLength(1));
      await eventually(async () => expect(await registry.list('robbed')).toEqual([registration.instance]));
      await eventually(() => expect(registration.state.kind).toBe('registered'));
    });
  }

  if (promised('malformed values')) {
    it('passes over what is no registration, tells it, and goes on with the good ones', async () => {
      const registry = await newRegistry();
      const good = registry.register(newInstance('mixed'));
      await good.registered();
      const watcher = registry.watch('mixed');
      const malformed: string[] = [];
      watcher.events.on('malformed', ({ reason }) => malformed.push(reason));
      await server.putMalformed?.('mixed');

      await eventually(() => expect(malformed.length).toBeGreaterThan(0));
      expect(ids(watcher.instances)).toEqual([good.instance.id]);
      expect(ids(await registry.list('mixed'))).toEqual([good.instance.id]);
      await good.update({ weight: 3 });
      await eventually(() => expect(watcher.instances?.[0]?.weight).toBe(3));
    });
  }

  if (promised('values')) {
    it('follows a value as it comes, changes and goes', async () => {
      const registry = await newRegistry();
      const watcher = registry.watchValue('/tradewind/config/followed');
      const seen: (string | undefined)[] = [];
      watcher.events.on('value', ({ value }) => seen.push(value));
      await eventually(() => expect(seen).toStrictEqual([undefined]));

      await server.putValue?.(watcher.key, '{"a":1}');
      await eventually(() => expect(watcher.value).toBe('{"a":1}'));
      await server.putValue?.(watcher.key, '');
      await eventually(() => expect(watcher.value).toBe(''));
      await server.putValue?.(watcher.key, undefined);
      await eventually(() => expect(watcher.value).toBeUndefined());
      expect(seen).toStrictEqual([undefined, '{"a":1}', '', undefined]);
      await watcher.close();
      expect(watcher.state.kind).toBe('closed');
    });
    it('reads and writes a value at once, and takes it away, also where there is none', async () => {
      const [writer, reader] = [await newRegistry(), await newRegistry()];
      const key = '/tradewind/config/written';
      expect(await reader.values?.get(key)).toBeUndefined();
      for (const value of ['{"a":1}', 'später', '']) {
        await writer.values?.set(key, value);
        expect(await reader.values?.get(key)).toBe(value);
      }
      await writer.values?.set(key, undefined);
      await writer.values?.set(key, undefined);
      expect(await reader.values?.get(key)).toBeUndefined();
    });
  } else {
    it('has no values: every key is without one', async () => {
      const registry = await newRegistry();
      expect(registry.values).toBeUndefined();
      const watcher = registry.watchValue('/tradewind/config/nothing');
      expect([watcher.key, watcher.value]).toEqual(['/tradewind/config/nothing', undefined]);
      await watcher.close();
      expect(watcher.state.kind).toBe('closed');
    });
  }

  if (promised('outage')) {
    it('keeps what it knew while the registry is away, says so, and finds the truth again afterwards', async () => {
      const [registry, other] = [await newRegistry(2), await newRegistry(2)];
      const watcher = registry.watch('outage');
      const registration = registry.register(newInstance('outage'));
      await eventually(() => expect(watcher.instances).toHaveLength(1));
      const interrupted: unknown[] = [];
      watcher.events.on('interrupted', (event) => interrupted.push(event));

      await server.outage?.stop();
      await eventually(() => expect(watcher.state.kind).toBe('listing'));
      await eventually(() => expect(registration.state.kind).not.toBe('registered'));
      expect(interrupted.length).toBeGreaterThan(0);
      expect(ids(watcher.instances)).toEqual([registration.instance.id]);
      await expect(registry.list('outage')).rejects.toMatchObject({
        status: 'UNAVAILABLE',
        reason: 'REGISTRY_UNAVAILABLE',
      });
      await expect(registry.processes()).rejects.toMatchObject({ status: 'UNAVAILABLE' });

      await server.outage?.start();
      const late = other.register(newInstance('outage'));
      const both = [registration.instance.id, late.instance.id].sort();
      await eventually(() => expect(ids(watcher.instances)).toEqual(both));
      await eventually(() => expect(registration.state.kind).toBe('registered'));
      await late.close();
      await eventually(() => expect(ids(watcher.instances)).toEqual([registration.instance.id]));
    });

    it('closes while the registry is away, within the time of a few requests', async () => {
      const registry = await newRegistry(2);
      const registration = registry.register(newInstance('closing'));
      await registration.registered();
      const watcher = registry.watch('closing');
      await server.outage?.stop();
      const startedMs = systemClock.monotonicMs();
      await registry.close();
      expect(systemClock.monotonicMs() - startedMs).toBeLessThan(5_000);
      expect([registration.state.kind, watcher.state.kind]).toEqual(['revoked', 'closed']);
      await server.outage?.start();
    });
  }
}

let port = 20_000;

/** Each at an address of its own, which some registries know an instance by. */
export function newInstance(process: string): Instance {
  port += 1;
  return {
    process,
    id: newId(),
    address: `127.0.0.1:${port}`,
    weight: 100,
    zone: 'a',
    version: '1.0.0',
    startedAt: '2025-01-01T00:00:00Z',
    metadata: { colour: 'blue' },
  };
}
