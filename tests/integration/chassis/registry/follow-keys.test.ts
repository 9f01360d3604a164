import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';

import { systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { keysWith } from '../../../../src/chassis/registry/etcd/etcd-client.ts';
import { createEtcdClients, type EtcdClients } from '../../../../src/chassis/registry/etcd/etcd-clients.ts';
import { followKeys } from '../../../../src/chassis/registry/etcd/follow-keys.ts';
import { eventually } from '../../../support/eventually.ts';
import { describeIf } from '../../../support/optional.ts';
import { hasRealEtcd } from '../../../support/real-etcd.ts';
import { embeddedTestEtcd, realTestEtcd, type TestEtcd } from './etcd-servers.ts';

describeFollowing('followKeys over the embedded etcd', true, embeddedTestEtcd);
describeFollowing('followKeys over a real etcd', hasRealEtcd(), realTestEtcd);

function describeFollowing(name: string, available: boolean, startEtcd: () => Promise<TestEtcd>): void {
  describeIf(available, name, 'etcd', () => {
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
    const put = (key: string, value: string) => admin.put(key).value(value).exec();

    /** Follows `/f/`; `between` runs once, after the first list and before its watch. */
    const follow = (between: () => Promise<void> = async () => undefined) => {
      const time = { clock: systemClock, random: systemRandom, requestTimeoutMs: 1_000 };
      const real = createEtcdClients({ endpoints: [etcd.endpoint], ...time });
      let isFirst = true;
      const clients: EtcdClients = {
        ...real,
        open() {
          const client = real.open();
          return {
            ...client,
            async openWatch() {
              if (isFirst) await between();
              isFirst = false;
              return client.openWatch();
            },
          };
        },
      };
      const known = new Map<string, string>();
      const told = { lists: 0, resets: 0, interruptions: [] as unknown[] };
      const follower = followKeys({
        ...{ ...time, clients, range: keysWith('/f/') },
        onList(kvs, afterReset) {
          told.lists += 1;
          if (afterReset) told.resets += 1;
          known.clear();
          for (const { key, value } of kvs) known.set(key, value);
        },
        onChanges(changes) {
          for (const change of changes) {
            if (change.kind === 'put') known.set(change.kv.key, change.kv.value);
            else known.delete(change.key);
          }
        },
        onInterrupted: ({ error }) => told.interruptions.push(error),
      });
      return { follower, known, told };
    };

    it('sees what happens between its list and its watch', async () => {
      await put('/f/a', '1');
      const { follower, known, told } = follow(async () => {
        await put('/f/b', '2');
        await admin.delete().key('/f/a').exec();
      });
      await eventually(() => expect([...known]).toEqual([['/f/b', '2']]));
      expect(told).toEqual({ lists: 1, resets: 0, interruptions: [] });
      await follower.close();
    });

    it('lists again when what happened between its list and its watch is compacted', async () => {
      const { follower, known, told } = follow(async () => {
        await put('/f/c', '3');
        const { header } = await put('/f/d', '4');
        await put('noise', '1');
        await admin.kv.compact({ revision: header.revision });
      });
      await eventually(() => expect(known.get('/f/d')).toBe('4'));
      expect(String(told.interruptions[0])).toContain('compacted');
      expect(told).toMatchObject({ lists: 2, resets: 0 });
      await put('/f/e', '5');
      await eventually(() => expect(known.get('/f/e')).toBe('5'));
      await follower.close();
    });

    it('lists again after the store has lost its memory, and says so; not after one that kept it', async () => {
      const { follower, known, told } = follow();
      await put('/f/g', '7');
      await eventually(() => expect(known.get('/f/g')).toBe('7'));
      await etcd.stop();
      await etcd.start();
      await eventually(() => expect(told.lists).toBe(2));
      expect(told.resets).toBe(etcd.isDurable ? 0 : 1);
      expect(known.has('/f/g')).toBe(etcd.isDurable);
      await follower.close();
      await eventually(() => put('/f/h', '8'));
      expect(known.has('/f/h')).toBe(false);
    });
  });
}
