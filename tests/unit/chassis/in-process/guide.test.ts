import { describe, expect, it } from '@jest/globals';

import { createCatalogueBus, createPictureWork, tellPrice } from '../../../../docs/examples/in-process.ts';
import { invalidArgument } from '../../../../src/chassis/core/index.ts';
import type { DeadLetter } from '../../../../src/chassis/in-process/index.ts';
import { expectQuoted } from '../../../support/quoted-code.ts';

describe('docs/in-process.md', () => {
  it('quotes the code that runs (UPDATE_DOCS=1 writes it anew)', () => {
    expectQuoted('docs/in-process.md', 'docs/examples/in-process.ts');
  });
});

describe('the pictures of the guide', () => {
  it('are drawn in the order of their product, each once while it waits', async () => {
    const drawn: string[] = [];
    const { queue, drawLater, drawNow } = createPictureWork({ draw: async (picture) => void drawn.push(picture) });
    await Promise.all([drawLater('p', 'front'), drawLater('p', 'back'), drawLater('p', 'back'), drawNow('p', 'top')]);
    expect(await queue.close()).toMatchObject({ left: [] });
    expect(drawn).toEqual(['front', 'back', 'top']);
  });
});

describe('the bus of the guide', () => {
  it('tells each listener of what it handles, and keeps nothing back that one of them refuses', async () => {
    const seen: unknown[] = [];
    const letters: DeadLetter[] = [];
    const bus = createCatalogueBus({
      index: async ({ aggregateId, data }) => {
        seen.push([aggregateId, data.cents]);
        if (data.cents < 0) throw invalidArgument([{ field: 'cents', description: 'must be positive' }]);
      },
      forget: async () => undefined,
      onDeadLetter: (letter) => letters.push(letter),
    });
    await tellPrice(bus, 'p1', -1);
    await tellPrice(bus, 'p1', 250);
    await bus.close();
    expect(seen).toEqual([
      ['p1', -1],
      ['p1', 250],
    ]);
    expect(letters).toMatchObject([{ subscriber: 'search index', event: { data: { cents: -1 } }, attempts: 1 }]);
  });
});
