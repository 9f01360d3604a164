import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { Secret } from '../../src/chassis/config/index.ts';
import { AppError, newId, raceAbort, systemClock } from '../../src/chassis/core/index.ts';
import {
  createConsumerHandlers,
  createPublisherLog,
  defineConsumer,
  MAX_EVENT_BYTES,
  on,
  PARTITIONS,
  refillBroker,
  type BrokerAdapter,
  type Courier,
  type Subscription,
} from '../../src/chassis/events/index.ts';
import { createPageTokens, type Database } from '../../src/chassis/store/index.ts';
import { openBrokerCourier, runRelay, type ToldOfBroker } from '../support/events/broker-courier.ts';
import {
  consumerDatabase,
  noteEffect,
  runMember,
  thingMoved,
  type ConsumerDatabase,
} from '../support/events/event-consumer.ts';
import { eventSource, startPublisher, type TestPublisher } from '../support/events/event-publisher.ts';
import { FORGERIES } from '../support/events/forgeries.ts';
import { eventually } from '../support/eventually.ts';
import { fastClock } from '../support/fast-clock.ts';
import type { RealServer } from '../support/real-server.ts';

/** A real broker and how it is reached. */
export interface BrokerFixture {
  readonly server: Pick<RealServer, 'kill' | 'start' | 'whileFrozen' | 'wipe' | 'close'>;
  readonly adapter: BrokerAdapter;
}

const PATIENCE = { timeoutMs: 25_000 };

/** What couriers over a broker survive of it, beside what every courier promises (describeCourier). */
export function describeBroker(name: string, open: () => Promise<BrokerFixture>): void {
  describe(`relay and consumers over ${name}`, () => {
    let fixture: BrokerFixture;
    let publisher: TestPublisher;
    let consumers: ConsumerDatabase;
    let courier: Courier;
    let told: ToldOfBroker;
    const source = `publisher-${newId().slice(-12)}`;
    beforeAll(async () => {
      fixture = await open();
      publisher = await startPublisher();
      consumers = await consumerDatabase();
      ({ courier, told } = openBrokerCourier({ publisher, adapter: fixture.adapter }));
    });
    afterAll(async () => {
      await courier.close();
      await consumers[Symbol.asyncDispose]();
      await publisher[Symbol.asyncDispose]();
      await fixture.server.close();
    });

    const relay = (database: Database = publisher.database) =>
      runRelay({ publisher: { ...publisher, database }, source, adapter: fixture.adapter });
    /** A relay with little patience, so that nobody has to wait for its time-outs. */
    const hastyRelay = (adapter = fixture.adapter) => runRelay({ publisher, source, adapter, clock: fastClock(20) });
    const member = (consumer: string, more: Partial<Parameters<typeof runMember>[0]> = {}) =>
      runMember({ courier, database: consumers.database, name: consumer, member: newId(), source, ...more });
    /** What operators of a consumer can have done. */
    const operator = (name: string) =>
      createConsumerHandlers({
        ...{ database: consumers.database, clock: systemClock, newId },
        definitions: [defineConsumer({ name, source, on: [on(thingMoved, noteEffect(name))] })],
        publisher: () => createPublisherLog(publisher.client()),
        pageTokens: createPageTokens({ secret: new Secret('tests') }),
      });
    const positions = async (consumer: string) => {
      const text = 'SELECT position FROM inbox_partition WHERE consumer = $1 ORDER BY partition';
      const rows = await consumers.database.rows<{ position: bigint }>({ name: 'positions', text }, [consumer]);
      return rows.map(({ position }) => position);
    };
    const newest = async () => {
      const row = await publisher.database.one<{ position: bigint }>({
        name: 'newest-position',
        text: 'SELECT max(position) AS position FROM outbox',
      });
      return row?.position ?? 0n;
    };
    const moved = async ({ told: by }: { readonly told: ToldOfBroker }) => {
      const position = await newest();
      await eventually(() => expect(by.moved.at(-1)?.through).toBe(position), PATIENCE);
    };
    /** Each event of the prefix took effect once, and each aggregate's in order: `count` of each of `aggregates`. */
    const expectEffects = async (consumer: string, prefix: string, aggregates: number, count: number) => {
      const find = async () => (await consumers.effects(consumer)).filter((one) => one.aggregate_id.startsWith(prefix));
      await eventually(async () => expect(await find()).toHaveLength(aggregates * count), PATIENCE);
      const inOrder = Array.from({ length: count }, (_, index) => BigInt(index + 1));
      const sequences = Map.groupBy(await find(), ({ aggregate_id: id }) => id);
      for (const effects of sequences.values()) expect(effects.map(({ sequence }) => sequence)).toEqual(inOrder);
    };
    const write = async (next: ReturnType<typeof eventSource>, aggregates: number, count: number) => {
      const all = Array.from({ length: aggregates * count }, (_, index) => next(`a${index % aggregates}`));
      for (let index = 0; index < all.length; index += 25) await publisher.write(...all.slice(index, index + 25));
    };

    it('brings what the broker has lost from the outbox, although no later event tells of it', async () => {
      const prefix = newId();
      await using relaying = relay();
      const first = member('robbed');
      await write(eventSource(`${prefix}-1`), 10, 10);
      await expectEffects('robbed', `${prefix}-1`, 10, 10);
      await first.stop();
      await write(eventSource(`${prefix}-2`), 10, 10);
      await moved(relaying);
      await fixture.server.wipe();
      await using _ = member('robbed');
      await expectEffects('robbed', `${prefix}-2`, 10, 10);
      expect(told.gapFilled.filter(({ consumer }) => consumer === 'robbed')).not.toHaveLength(0);
    });

    it('goes on in the midst of events when the broker loses everything', async () => {
      const prefix = newId();
      const next = eventSource(prefix);
      await using _relaying = relay();
      await using _ = member('unshaken');
      await write(next, 10, 20);
      const writing = write(next, 10, 20);
      await fixture.server.wipe();
      await writing;
      await expectEffects('unshaken', prefix, 10, 40);
    });

    it('keeps what is published while the broker is away, and carries it when it is back', async () => {
      const prefix = newId();
      await using relaying = relay();
      await using running = member('patient');
      await eventually(() => expect(running.told.assigned).not.toHaveLength(0));
      await fixture.server.kill();
      await write(eventSource(prefix), 10, 10);
      await eventually(() => expect(relaying.told.confirmFailed.length).toBeGreaterThan(3), PATIENCE);
      await fixture.server.start();
      await expectEffects('patient', prefix, 10, 10);
      await moved(relaying);
    });

    it('publishes again what was confirmed and not noted, to no effect', async () => {
      const prefix = newId();
      const dying = relay(withoutMoving(publisher.database));
      await using _ = member('repeated');
      await write(eventSource(prefix), 10, 10);
      await eventually(() => expect(dying.told.published.length).toBeGreaterThan(2), PATIENCE);
      expect(dying.told.moved).toHaveLength(0);
      await dying.stop();
      await using healthy = relay();
      await moved(healthy);
      await expectEffects('repeated', prefix, 10, 10);
    });

    it('bears two relays at once', async () => {
      const prefix = newId();
      const next = eventSource(prefix);
      await using one = relay();
      await using two = relay();
      await using _ = member('doubled');
      for (let round = 0; round < 6; round += 1) {
        await write(next, 10, 5);
        await publisher.database.execute({
          name: 'forget-the-relay', // whoever has it goes on until it looks
          text: 'UPDATE relay SET owner = NULL',
        });
        const claims = one.told.relaying.length + two.told.relaying.length;
        await eventually(() => expect(one.told.relaying.length + two.told.relaying.length).toBeGreaterThan(claims));
      }
      expect(one.told.relaying).not.toHaveLength(0);
      expect(two.told.relaying).not.toHaveLength(0);
      await expectEffects('doubled', prefix, 10, 30);
    });

    it('hands what was not acknowledged to the next member, which knows what took effect', async () => {
      const prefix = newId();
      await using _relaying = relay();
      const forgetful = member('forgotten', {
        courier: { ...courier, open: (wanted) => unacknowledged(courier, wanted) },
        consumer: { window: 10_000 },
      });
      await write(eventSource(prefix), 10, 5);
      await expectEffects('forgotten', prefix, 10, 5);
      await forgetful.stop();
      const before = told.duplicate.length;
      await using _ = member('forgotten');
      await eventually(() => expect(told.duplicate.length).toBeGreaterThan(before), PATIENCE);
      await expectEffects('forgotten', prefix, 10, 5);
    });

    it('gives up a connection over which nothing is confirmed, and publishes again over another', async () => {
      const prefix = newId();
      await using relaying = hastyRelay();
      await using _ = member('unconfirmed');
      await eventually(() => expect(relaying.told.relaying).not.toHaveLength(0), PATIENCE);
      await fixture.server.whileFrozen(async () => {
        await write(eventSource(prefix), 10, 5);
        await eventually(() => expect(relaying.told.confirmFailed).not.toHaveLength(0), PATIENCE);
      });
      expect(relaying.told.confirmFailed[0]?.error).toMatchObject({ reason: 'BROKER_SILENT' });
      expect(relaying.told.disconnected).toHaveLength(1);
      await expectEffects('unconfirmed', prefix, 10, 5);
      await moved(relaying);
    });

    it('stops at once while the broker says nothing, connected or not', async () => {
      const connected = relay();
      await eventually(() => expect(connected.told.relaying).not.toHaveLength(0), PATIENCE);
      await fixture.server.whileFrozen(async () => {
        const connecting = relay();
        await connected.stop();
        await connecting.stop();
        expect(connecting.told.connected).toHaveLength(0);
      });
    });

    it('tries again when a connection neither opens nor fails', async () => {
      const prefix = newId();
      await using relaying = hastyRelay(neverOpeningAtFirst(fixture.adapter));
      await using _ = member('unopened');
      await write(eventSource(prefix), 10, 5);
      await expectEffects('unopened', prefix, 10, 5);
      await moved(relaying);
      expect(relaying.told.confirmFailed[0]?.error).toMatchObject({ reason: 'BROKER_CONNECT_TIMEOUT' });
    });

    it('hands on what a member had in hand that died', async () => {
      const prefix = newId();
      await using _relaying = relay();
      const another = openBrokerCourier({ publisher, adapter: fixture.adapter });
      const dying = member('orphaned', {
        courier: another.courier,
        consumer: { window: 64 },
        handle: (_event, { signal }) => raceAbort(new Promise(() => undefined), signal),
      });
      await eventually(() => expect(dying.told.assigned).not.toHaveLength(0));
      await write(eventSource(prefix), 10, 20);
      await another.courier.close(); // nothing is given back
      await dying.stop();
      await using _ = member('orphaned');
      await expectEffects('orphaned', prefix, 10, 20);
    });

    it('fills the broker again from a position on', async () => {
      const prefix = newId();
      await using relaying = relay();
      await write(eventSource(prefix), 10, 5);
      await moved(relaying);
      const published = () => relaying.told.published.reduce((sum, { events }) => sum + events, 0);
      const before = published();
      await refillBroker(publisher.database, { courier: fixture.adapter.name, after: (await newest()) - 40n });
      await eventually(() => expect(published()).toBe(before + 40), PATIENCE);
    });

    it('carries events as large as they may be, and holds nobody up behind them', async () => {
      const prefix = newId();
      const next = eventSource(prefix);
      const large = () => {
        const event = next('large');
        const room = MAX_EVENT_BYTES - JSON.stringify({ ...event.payload, text: '' }).length;
        return { ...event, payload: { ...event.payload, text: 'x'.repeat(room) } };
      };
      await using _relaying = relay();
      await using _ = member('burdened');
      await publisher.write(large(), large());
      await expectEffects('burdened', `${prefix}-large`, 1, 2); // although nothing follows that tells of them
      await publisher.write(large(), next('large'), next('behind'));
      await expectEffects('burdened', `${prefix}-large`, 1, 4);
      await expectEffects('burdened', `${prefix}-behind`, 1, 1);
    });

    it('stops a consumer where the publisher was restored from a backup, which its replay mends', async () => {
      const prefix = newId();
      const before = relay();
      await using running = member('restored');
      await write(eventSource(`${prefix}-1`), 10, 5);
      await expectEffects('restored', `${prefix}-1`, 10, 5);
      await moved(before);
      await before.stop();
      await publisher.restore((await newest()) - 40n);
      await using _relaying = relay();
      await eventually(() => {
        const reasons = running.told.interrupted.map(({ error }) => AppError.from(error).reason);
        expect(reasons).toContain('POSITION_AHEAD');
      }, PATIENCE);
      await write(eventSource(`${prefix}-2`), 10, 6);
      expect((await consumers.effects('restored')).some(({ aggregate_id: id }) => id.startsWith(`${prefix}-2`))).toBe(
        false,
      );
      const from = { $case: 'afterPosition', value: 0n } as const;
      const asking = { signal: new AbortController().signal };
      await operator('restored').replayConsumer({ consumer: 'restored', from, again: false, reason: 'a test' }, asking);
      await expectEffects('restored', `${prefix}-2`, 10, 6);
      await expectEffects('restored', `${prefix}-1`, 10, 5);
    });

    it('keeps partitions in which nothing happens up with the log, so that they are not taken for long away', async () => {
      const prefix = newId();
      await using _relaying = hastyRelay();
      await using _ = member('quiet');
      const next = eventSource(prefix);
      await publisher.write(next('a'), next('a'), next('a'));
      await expectEffects('quiet', `${prefix}-a`, 1, 3);
      const end = await newest();
      await eventually(async () => expect(await positions('quiet')).toEqual(Array(PARTITIONS).fill(end)), PATIENCE);
      await publisher.write(next('a'));
      await expectEffects('quiet', `${prefix}-a`, 1, 4);
    });

    it('drops what no relay has sent, and goes on', async () => {
      const prefix = newId();
      await using relaying = relay();
      await using _ = member('spammed');
      await eventually(() => expect(relaying.told.relaying).not.toHaveLength(0), PATIENCE);
      const stranger = await fixture.adapter.connect(new AbortController().signal);
      await eventually(async () => {
        await stranger.publish({ source, partition: 3, id: undefined, headers: { hello: 'world' }, data: 'nonsense' });
        expect(told.unreadable.some(({ consumer }) => consumer === 'spammed')).toBe(true);
      });
      await stranger.close();
      await write(eventSource(prefix), 10, 5);
      await expectEffects('spammed', prefix, 10, 5);
    });

    it('drops what only looks as if a relay had sent it, and goes on', async () => {
      const prefix = newId();
      await using relaying = relay();
      await using _ = member('deceived');
      await publisher.write(eventSource(prefix)('before'));
      await expectEffects('deceived', `${prefix}-before`, 1, 1);
      await moved(relaying);
      const stranger = await fixture.adapter.connect(new AbortController().signal);
      await stranger.prepare(source);
      const { binding } = fixture.adapter;
      const all = FORGERIES.flatMap(([what, forge]) =>
        Array.from({ length: PARTITIONS }, (_value, partition) => {
          const headers = { ...forge({ binding, source, partition }), what: `${what}, in ${partition}` };
          return { source, partition, id: undefined, headers, data: '{}' };
        }),
      );
      for (const message of all) await stranger.publish(message);
      await stranger.close();
      await write(eventSource(prefix), 40, 2);
      await expectEffects('deceived', `${prefix}-a`, 40, 2);
      const each = all.map(({ headers }) => headers.what);
      const dropped = () => told.unreadable.flatMap((one) => (one.consumer === 'deceived' ? one.headers['what'] : []));
      await eventually(() => expect(dropped()).toEqual(expect.arrayContaining(each)), PATIENCE);
    });
  });
}

/** A database that fails whoever notes what the broker has confirmed: the relay dies at that point each time. */
function withoutMoving(database: Database): Database {
  return {
    ...database,
    async one(statement, parameters) {
      if (statement.name === 'move-relay') throw new Error('died before it could note it');
      return database.one(statement, parameters);
    },
  };
}

/** A broker whose first connection takes for ever. */
function neverOpeningAtFirst(adapter: BrokerAdapter): BrokerAdapter {
  let tries = 0;
  return {
    ...adapter,
    connect(...parameters) {
      tries += 1;
      return tries === 1 ? new Promise(() => undefined) : adapter.connect(...parameters);
    },
  };
}

/** Brings what the courier brings, whose end nobody hears of. */
async function* unacknowledged(courier: Courier, wanted: Subscription) {
  for await (const delivery of courier.open(wanted)) yield { ...delivery, handled: () => undefined };
}
