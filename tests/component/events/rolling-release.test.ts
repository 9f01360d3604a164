import { describe, expect, it } from '@jest/globals';

import { newId } from '../../../src/chassis/core/index.ts';
import { eventType, on } from '../../../src/chassis/events/index.ts';
import { noteEffect, thingMoved, type Moved, type RunningMember } from '../../support/events/event-consumer.ts';
import { consumerStage } from '../../support/events/consumer-stage.ts';
import { eventSource } from '../../support/events/event-publisher.ts';
import { eventually } from '../../support/eventually.ts';

const { publisher, consumers, member: run } = await consumerStage();

const PATIENCE = { timeoutMs: 15_000 };
const typeOf = (type: string) =>
  eventType<Moved>(type, { schema: 'tests.Thing', message: { fromJSON: (json) => json as Moved } });
const thingRested = typeOf('thing.rested');
const thingLost = typeOf('thing.lost');

/** A member of a release that handles these types. */
const member = (name: string, types: readonly (typeof thingMoved)[], handle = noteEffect(name)) =>
  run(name, { consumer: { on: types.map((type) => on(type, handle)) } });

/** Has been heard of by the others. */
async function hasCome(name: string, members: number): Promise<void> {
  const statement = { name: 'count-members', text: 'SELECT FROM inbox_member WHERE consumer = $1' };
  await eventually(async () => expect(await consumers.database.rows(statement, [name])).toHaveLength(members));
}

const partitionsOf = ({ told }: RunningMember) => told.assigned.at(-1)?.partitions.length ?? 0;
const sequencesOf = async (name: string, prefix: string) => {
  const effects = (await consumers.effects(name)).filter(({ aggregate_id: id }) => id.startsWith(prefix));
  return [...Map.groupBy(effects, ({ aggregate_id: id }) => id).values()].map((of) =>
    of.map((one) => Number(one.sequence)),
  );
};

/** Each of some things has moved, and then rested. */
async function write(next: ReturnType<typeof eventSource>, things: number): Promise<void> {
  for (let index = 0; index < things; index += 1)
    await publisher.write(next(`${index}`), next(`${index}`, 'thing.rested'));
}

describe('a consumer whose releases run side by side', () => {
  it('loses no event of a type that is new in a release once a member of that has come', async () => {
    const prefix = newId();
    const next = eventSource(prefix);
    const older = member('growing', [thingMoved]);
    await eventually(() => expect(partitionsOf(older)).toBe(8));
    await using newer = member('growing', [thingMoved, thingRested]);
    await hasCome('growing', 2);
    await write(next, 40);
    const both = Array.from({ length: 40 }, () => [1, 2]);
    await eventually(async () => expect(await sequencesOf('growing', prefix)).toEqual(both), PATIENCE);
    await older.stop();
    await write(next, 40);
    const twice = Array.from({ length: 40 }, () => [1, 2, 3, 4]);
    await eventually(async () => expect(await sequencesOf('growing', prefix)).toEqual(twice), PATIENCE);
    expect(partitionsOf(newer)).toBe(8);
  }, 40_000);

  it('goes on with its older members when the newer ones have left', async () => {
    const prefix = newId();
    await using older = member('rolled-back', [thingMoved]);
    await eventually(() => expect(partitionsOf(older)).toBe(8));
    const newer = member('rolled-back', [thingMoved, thingRested]);
    await eventually(() => expect(partitionsOf(newer)).toBe(8), PATIENCE);
    await newer.stop();
    await eventually(() => expect(partitionsOf(older)).toBe(8), PATIENCE);
    await publisher.write(eventSource(prefix)('a'));
    await eventually(async () => expect(await sequencesOf('rolled-back', prefix)).toEqual([[1]]), PATIENCE);
  }, 40_000);

  it('is read by members of both where each handles a type that the other does not', async () => {
    await using one = member('turned', [thingMoved, thingRested]);
    await using other = member('turned', [thingMoved, thingLost]);
    await eventually(() => expect([partitionsOf(one), partitionsOf(other)]).toEqual([4, 4]), PATIENCE);
  }, 40_000);

  it('buries what was parked by a release that handled it, instead of passing over it', async () => {
    const prefix = newId();
    const newer = member('withdrawn', [thingMoved, thingRested], async () => {
      throw new Error('not yet');
    });
    await publisher.write(eventSource(prefix)('a', 'thing.rested'));
    await eventually(() => expect(newer.told.parked).not.toHaveLength(0), PATIENCE);
    await newer.stop();
    await using older = member('withdrawn', [thingMoved]);
    await eventually(
      () =>
        expect(older.told.buried).toMatchObject([
          { aggregateId: `${prefix}-a`, failure: { status: 'UNIMPLEMENTED', reason: 'EVENT_UNWANTED' } },
        ]),
      PATIENCE,
    );
  }, 40_000);
});
