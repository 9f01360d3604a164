import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { AppError, createDeferred, newId } from '../../src/chassis/core/index.ts';
import type { Courier } from '../../src/chassis/events/index.ts';
import { consumerDatabase, noteEffect, runMember, type ConsumerDatabase } from '../support/events/event-consumer.ts';
import { eventSource, startPublisher, type TestPublisher } from '../support/events/event-publisher.ts';
import { eventually } from '../support/eventually.ts';

/** A courier with what it needs behind it, for one publisher. */
export interface CourierFixture extends AsyncDisposable {
  /** Named `source` in every subscription of the suite. */
  readonly source: string;
  readonly courier: Courier;
}

/** What every courier promises, held by the consumers that it serves. */
export function describeCourier(
  name: string,
  open: (publisher: TestPublisher, source: string) => Promise<CourierFixture>,
): void {
  describe(`events over ${name}`, () => {
    let publisher: TestPublisher;
    let consumers: ConsumerDatabase;
    let fixture: CourierFixture;
    const source = `publisher-${newId().slice(-12)}`;
    beforeAll(async () => {
      publisher = await startPublisher();
      consumers = await consumerDatabase();
      fixture = await open(publisher, source);
    });
    afterAll(async () => {
      await fixture[Symbol.asyncDispose]();
      await consumers[Symbol.asyncDispose]();
      await publisher[Symbol.asyncDispose]();
    });

    const member = (consumer: string, more: Partial<Parameters<typeof runMember>[0]> = {}) =>
      runMember({
        ...{ courier: fixture.courier, database: consumers.database, name: consumer, member: newId(), source },
        ...more,
      });
    /** The effects of events written by one test, by aggregate, once all have come. */
    const effectsOf = async (consumer: string, prefix: string, count: number) => {
      const find = async () => (await consumers.effects(consumer)).filter((one) => one.aggregate_id.startsWith(prefix));
      await eventually(async () => expect((await find()).length).toBeGreaterThanOrEqual(count), { timeoutMs: 20_000 });
      return find();
    };
    const sequencesOf = (effects: Awaited<ReturnType<typeof effectsOf>>, aggregate: string) =>
      effects.filter(({ aggregate_id: id }) => id === aggregate).map(({ sequence }) => Number(sequence));
    const oneTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

    it('brings what was written before and after a consumer came, each once and in the order of its aggregate', async () => {
      const prefix = newId();
      const next = eventSource(prefix);
      for (let index = 0; index < 50; index += 1) await publisher.write(next(`a${index % 5}`), next(`b${index % 3}`));
      await using _ = member('follower');
      await effectsOf('follower', prefix, 100);
      for (let index = 0; index < 25; index += 1) await publisher.write(next(`a${index % 5}`), next(`b${index % 3}`));
      const effects = await effectsOf('follower', prefix, 150);
      expect(effects).toHaveLength(150);
      expect(sequencesOf(effects, `${prefix}-a0`)).toEqual(oneTo(15));
      expect(sequencesOf(effects, `${prefix}-b2`)).toEqual(oneTo(24));
    });

    it('brings at once what came while the consumer was busy', async () => {
      const prefix = newId();
      const next = eventSource(prefix);
      const [begun, held] = [createDeferred(), createDeferred()];
      await using running = member('late-riser', {
        async handle(event, context) {
          begun.resolve();
          if (event.sequence === 1n) await held.promise;
          await noteEffect('late-riser')(event, context);
        },
      });
      await publisher.write(next('a'));
      await begun.promise;
      for (let index = 0; index < 20; index += 1) {
        await publisher.write(next('a'));
        await new Promise((resolve) => setTimeout(resolve, 30)); // each is looked for by itself
      }
      await new Promise((resolve) => setTimeout(resolve, 300));
      held.resolve();
      await effectsOf('late-riser', prefix, 21);
      expect(running.told.handled.filter(({ events }) => events > 0).length).toBeLessThan(8); // transactions, not 21
    });

    it('goes on where a consumer had stopped, with what came meanwhile', async () => {
      const prefix = newId();
      const next = eventSource(prefix);
      const first = member('sleeper');
      await publisher.write(...oneTo(20).map(() => next('a')));
      await effectsOf('sleeper', prefix, 20);
      await first.stop();
      await publisher.write(...oneTo(20).map(() => next('a')));
      await using _ = member('sleeper');
      const effects = await effectsOf('sleeper', prefix, 40);
      expect(sequencesOf(effects, `${prefix}-a`)).toEqual(oneTo(40));
    });

    it('shares the work among the members of a group, by aggregate, also when one leaves', async () => {
      const prefix = newId();
      const next = eventSource(prefix);
      const [one, two] = [member('sharers'), member('sharers')];
      await eventually(() => {
        for (const { told } of [one, two]) expect(told.assigned.at(-1)?.partitions).toHaveLength(4);
      });
      await publisher.write(...oneTo(200).map((index) => next(`a${index % 20}`)));
      await effectsOf('sharers', prefix, 200);
      for (const { told } of [one, two]) expect(told.handled.some(({ events }) => events > 0)).toBe(true);
      await one.stop();
      await publisher.write(...oneTo(200).map((index) => next(`a${index % 20}`)));
      const effects = await effectsOf('sharers', prefix, 400);
      await two.stop();
      expect(effects).toHaveLength(400);
      for (const index of oneTo(20)) {
        expect(sequencesOf(effects, `${prefix}-a${index % 20}`)).toEqual(oneTo(20));
      }
    });

    it('tries an event that fails again, and what follows of its aggregate waits while others go on', async () => {
      const prefix = newId();
      const next = eventSource(prefix);
      let failures = 0;
      await using running = member('stumbler', {
        async handle(event, context) {
          if (event.aggregateId.endsWith('-bad') && event.sequence === 2n && failures < 3) {
            failures += 1;
            throw new Error('not yet');
          }
          await noteEffect('stumbler')(event, context);
        },
      });
      await publisher.write(...oneTo(4).flatMap(() => [next('bad'), next('good')]));
      const effects = await effectsOf('stumbler', prefix, 8);
      expect(sequencesOf(effects, `${prefix}-bad`)).toEqual(oneTo(4));
      expect(sequencesOf(effects, `${prefix}-good`)).toEqual(oneTo(4));
      expect(running.told.buried).toHaveLength(0);
    });

    it('gives an event up after five tries, keeps it with its cause, and goes on with its aggregate', async () => {
      const prefix = newId();
      const next = eventSource(prefix);
      let tries = 0;
      await using running = member('undertaker', {
        async handle(event, context) {
          if (event.aggregateId === `${prefix}-bad` && event.sequence === 2n) {
            tries += 1;
            throw new AppError({ status: 'INTERNAL', reason: 'BROKEN', message: 'it always fails' });
          }
          await noteEffect('undertaker')(event, context);
        },
      });
      await publisher.write(...oneTo(4).map(() => next('bad')));
      const effects = await effectsOf('undertaker', prefix, 3);
      expect(sequencesOf(effects, `${prefix}-bad`)).toEqual([1, 3, 4]);
      expect(tries).toBe(5);
      expect(running.told.buried).toMatchObject([{ attempts: 5, failure: { reason: 'BROKEN' } }]);
      expect(running.told.buried[0]?.failure.stack).toContain('it always fails');
    });

    it('holds nobody up behind a slow consumer', async () => {
      const prefix = newId();
      const next = eventSource(prefix);
      let release = () => {};
      const blocked = new Promise<void>((resolve) => (release = resolve));
      await using slow = member('snail', { handle: () => blocked, consumer: { timeoutMs: 60_000 } });
      await using _ = member('hare');
      await publisher.write(...oneTo(1_500).map((index) => next(`a${index % 50}`)));
      expect(await effectsOf('hare', prefix, 1_500)).toHaveLength(1_500);
      release();
      await slow.stop();
    });
  });
}
