import { describe, expect, it } from '@jest/globals';

import { Secret } from '../../../src/chassis/config/index.ts';
import { AppError, newId, systemClock } from '../../../src/chassis/core/index.ts';
import {
  createConsumerHandlers,
  createConsumerMember,
  createPublisherLog,
  defineConsumer,
} from '../../../src/chassis/events/index.ts';
import { createPageTokens } from '../../../src/chassis/store/index.ts';
import { noteEffect, thingMoved } from '../../support/events/event-consumer.ts';
import { consumerStage } from '../../support/events/consumer-stage.ts';
import { eventSource } from '../../support/events/event-publisher.ts';
import { eventually } from '../../support/eventually.ts';

const { publisher, consumers, courier: feed } = await consumerStage();

describe('redriveDeadLetters', () => {
  it('begins what follows from the effects of a handler of many, once they are committed', async () => {
    const { database } = consumers;
    let isBroken = true;
    const begun: number[] = [];
    const definition = defineConsumer({
      ...{ name: 'crowd', source: 'publisher' },
      many: {
        types: [thingMoved],
        async handle(events, context) {
          for (const event of events) await noteEffect('crowd')(event, { ...context, attempt: 1 });
          if (isBroken) throw new AppError({ status: 'INVALID_ARGUMENT', reason: 'NO', message: 'not yet' });
          return () => void begun.push(events.length);
        },
      },
    });
    const member = createConsumerMember({ definition, database, courier: feed(), member: newId() });
    const stopping = new AbortController();
    const running = member.run(stopping.signal);
    const { redriveDeadLetters, listDeadLetters } = createConsumerHandlers({
      ...{ database, definitions: [definition], clock: systemClock, newId },
      publisher: () => createPublisherLog(publisher.client()),
      pageTokens: createPageTokens({ secret: new Secret('of the test') }),
    });
    const answering = { signal: stopping.signal };
    const anyLetter = {
      ...{ consumer: '', type: '', aggregateType: '', aggregateId: '', reason: '' },
      ...{ since: undefined, until: undefined },
    };
    const letters = async () => {
      const { deadLetters = [] } = await listDeadLetters({ ...anyLetter, pageSize: 0, pageToken: '' }, answering);
      return deadLetters.map(({ id = '' }) => id);
    };
    const redrive = async () => {
      const target = { $case: 'ids', value: { ids: await letters() } } as const;
      await redriveDeadLetters({ target, pageToken: '', reason: 'a test' }, answering);
    };

    await publisher.write(eventSource()('a'));
    await eventually(async () => expect(await letters()).toHaveLength(1));
    await redrive();
    expect(begun).toEqual([]);
    isBroken = false;
    await redrive();
    expect(begun).toEqual([1]);
    expect(await consumers.effects('crowd')).toHaveLength(1);
    stopping.abort();
    await running;
  });
});
