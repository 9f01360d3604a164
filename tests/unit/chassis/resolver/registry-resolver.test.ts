import { describe, expect, it } from '@jest/globals';

import type { Instance } from '../../../../src/chassis/registry/index.ts';
import {
  createRegistryResolver,
  endpointsOf,
  type RegistryResolverOptions,
  type ResolverTrouble,
  type Snapshot,
} from '../../../../src/chassis/resolver/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { anInstance, scriptedWatcher } from '../../../support/watchers.ts';

const [A, B, C] = [anInstance('a:1'), anInstance('b:1'), anInstance('c:1')] as const;

describe('createRegistryResolver', () => {
  const start = (options: RegistryResolverOptions = {}) => {
    const clock = createManualClock();
    const watcher = scriptedWatcher();
    const resolver = createRegistryResolver(watcher, clock, { coalesceMs: 20, settleMs: 3_000, ...options });
    const seen: string[] = [];
    const troubles: ResolverTrouble[] = [];
    const show = () => `${resolver.state.kind} ${endpointsOf(resolver.state).map(({ address }) => address[0])}`;
    resolver.events.on('changed', () => seen.push(show()));
    resolver.events.on('trouble', (trouble) => troubles.push(trouble));
    return { clock, watcher, resolver, seen, troubles, show };
  };

  it('tells the first list at once, and changes that follow closely together', () => {
    const { clock, watcher, seen } = start();
    watcher.list([A]);
    expect(seen).toEqual(['resolved a']);
    watcher.list([A, B]);
    watcher.list([A, B, C]);
    expect(seen).toHaveLength(1);
    clock.advance(20);
    expect(seen).toEqual(['resolved a', 'resolved a,b,c']);
  });

  it('says nothing of a list that says the same, and keeps the endpoints that did not change', () => {
    const { clock, watcher, resolver, seen } = start();
    watcher.list([A, B]);
    const [first] = endpointsOf(resolver.state);
    clock.advance(20);
    watcher.list([{ ...A }, { ...B }]); // a registry that reads everything anew
    clock.advance(20);
    expect(seen).toHaveLength(1);
    watcher.list([A, { ...B, weight: 5 }]);
    clock.advance(20);
    expect(seen).toHaveLength(2);
    expect(endpointsOf(resolver.state)[0]).toBe(first);
    expect(endpointsOf(resolver.state)[1]?.weight).toBe(5);
  });

  it('gives an endpoint what the registration says of it', () => {
    const { watcher, resolver } = start();
    const startedAt = '2026-01-01T00:00:00Z';
    watcher.list([anInstance('a:1', { transports: ['plain', 'multiplexed'], startedAt }), B]);
    expect(endpointsOf(resolver.state)).toMatchObject([
      { address: 'a:1', transports: ['plain', 'multiplexed'], startedAt },
      { address: 'b:1', transports: ['plain'] },
    ]);
  });

  it('takes the later of two registrations with one address', () => {
    const { watcher, resolver } = start();
    const late = anInstance('a:1', { id: 'a', version: 'new', startedAt: '2026-01-02T00:00:00Z' });
    const early = anInstance('a:1', { id: 'b', version: 'old', startedAt: '2026-01-01T00:00:00Z' });
    watcher.list([late, early]);
    expect(endpointsOf(resolver.state)).toMatchObject([{ address: 'a:1', version: 'new' }]);
  });

  it('is resolved and empty when there never was anybody', () => {
    const { watcher, show } = start();
    watcher.list([]);
    expect(show()).toBe('resolved ');
  });

  it('keeps the last known good list when everybody is gone at once, however long', () => {
    const { clock, watcher, show } = start();
    watcher.list([A, B]);
    clock.advance(20);
    watcher.list([]);
    clock.advance(3_600_000);
    expect(show()).toBe('stale a,b');
  });

  it('holds those who are not back yet, for a while, and nobody who came back and left', () => {
    const { clock, watcher, show } = start();
    watcher.list([A, B, C]);
    clock.advance(20);
    watcher.list([]);
    clock.advance(1_000);
    watcher.list([B]);
    expect(show()).toBe('stale b,a,c');
    clock.advance(1_000);
    watcher.list([A, B]);
    expect(show()).toBe('stale a,b,c');
    clock.advance(100);
    watcher.list([A]);
    expect(show()).toBe('stale a,c');
    clock.advance(1_900);
    expect(show()).toBe('resolved a');
  });

  it('is resolved as soon as all are back', () => {
    const { clock, watcher, show } = start();
    watcher.list([A, B]);
    clock.advance(20);
    watcher.list([]);
    clock.advance(20);
    watcher.list([A, B]);
    expect(show()).toBe('resolved a,b');
  });

  it('notices that everybody was gone although some came back within the window', () => {
    const { clock, watcher, show } = start();
    watcher.list([A, B, C]);
    watcher.list([]);
    watcher.list([A]);
    clock.advance(20);
    expect(show()).toBe('stale a,b,c');
  });

  it('holds those whom a registry that lost its memory does not name yet', () => {
    const { clock, watcher, show } = start();
    watcher.list([A, B, C]);
    clock.advance(20);
    watcher.list([C], { afterReset: true });
    expect(show()).toBe('stale c,a,b');
    clock.advance(3_000);
    expect(show()).toBe('resolved c');
  });

  it('believes a registry that kept its memory', () => {
    const { clock, watcher, show } = start();
    watcher.list([A, B, C]);
    clock.advance(20);
    watcher.list([C]);
    expect(show()).toBe('resolved c');
  });

  it('tells interruptions and malformed values, and nothing once it is closed', async () => {
    const { watcher, resolver, troubles } = start();
    watcher.malformed('/k');
    watcher.interrupt();
    await resolver.close();
    watcher.malformed('/k');
    expect(troubles.map(({ kind }) => kind)).toEqual(['malformed', 'interrupted']);
    expect(watcher.state.kind).toBe('closed');
  });

  describe('with a snapshot', () => {
    const memory = (saved: readonly Instance[] | undefined, error?: Error) => {
      const saves: (readonly Instance[])[] = [];
      const snapshot: Snapshot = {
        async read() {
          if (error !== undefined) throw error;
          return saved && { instances: saved, savedAt: '2026-01-01T00:00:00Z' };
        },
        save: async (instances) => void saves.push(instances),
      };
      return { snapshot, saves };
    };
    const turns = () => new Promise(setImmediate);

    it.each(['interrupt', 'silence'] as const)('starts from it when the registry answers with %s', async (how) => {
      const { clock, watcher, show } = start({ snapshot: memory([A, B]).snapshot });
      if (how === 'interrupt') watcher.interrupt();
      else clock.advance(500);
      await turns();
      expect(show()).toBe('snapshot a,b');
    });

    it('does not look at it when the registry answers', async () => {
      const { clock, watcher, show } = start({ snapshot: memory([A, B]).snapshot });
      watcher.list([C]);
      clock.advance(1_000);
      watcher.interrupt();
      await turns();
      expect(show()).toBe('resolved c');
    });

    it('replaces it by the first real list, and keeps it while that is empty', async () => {
      const { clock, watcher, show } = start({ snapshot: memory([A, B]).snapshot });
      watcher.interrupt();
      await turns();
      watcher.list([]);
      expect(show()).toBe('stale a,b');
      clock.advance(20);
      const other = start({ snapshot: memory([A, B]).snapshot });
      other.watcher.interrupt();
      await turns();
      other.watcher.list([C]);
      expect(other.show()).toBe('resolved c');
    });

    it('tells that it cannot be read, and goes on', async () => {
      const { watcher, show, troubles } = start({ snapshot: memory(undefined, new Error('torn')).snapshot });
      watcher.interrupt();
      await turns();
      expect(show()).toBe('resolving ');
      expect(troubles.map(({ kind }) => kind)).toContain('snapshot unreadable');
    });

    it('saves good lists and no stale ones, the newest at the latest when it is closed', async () => {
      const { snapshot, saves } = memory(undefined);
      const { clock, watcher, resolver } = start({ snapshot });
      watcher.list([A]);
      await turns();
      clock.advance(20);
      watcher.list([A, B]);
      await turns();
      expect(saves).toEqual([[A]]);
      clock.advance(2_000);
      await turns();
      expect(saves).toEqual([[A], [A, B]]);
      watcher.list([]);
      clock.advance(5_000);
      await resolver.close();
      expect(saves).toEqual([[A], [A, B]]);
    });
  });
});
