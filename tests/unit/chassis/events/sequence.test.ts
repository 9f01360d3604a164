import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { createEmitter } from '../../../../src/chassis/core/index.ts';
import { NATS_BINDING, type BrokerEvents, type CarriedEvent } from '../../../../src/chassis/events/index.ts';
import type { IncomingMessage } from '../../../../src/chassis/events/couriers/broker/broker.ts';
import { writeMessage, type BrokerMessage } from '../../../../src/chassis/events/couriers/broker/message.ts';
import type { Gap, GapPage } from '../../../../src/chassis/events/couriers/broker/read-gap.ts';
import { inSequence } from '../../../../src/chassis/events/couriers/broker/sequence.ts';
import { partitionOf } from '../../../../src/chassis/events/partition.ts';

const SOURCE = 'publisher';
/** Aggregates of a few partitions. */
const AGGREGATES = ['1', '2', '3', '4', '5'];
const WANTED = 'thing.moved';
const OTHER = 'thing.rested';

/** What a publisher has written: for each event its aggregate, its type, and how far its position is from the one before. */
const written = fc.array(
  fc.record({
    aggregate: fc.constantFrom(...AGGREGATES),
    type: fc.constantFrom(WANTED, OTHER),
    step: fc.bigInt({ min: 1n, max: 3n }),
  }),
  { minLength: 1, maxLength: 40 },
);

function toLog(steps: readonly { readonly aggregate: string; readonly type: string; readonly step: bigint }[]) {
  let position = 0n;
  return steps.map(({ aggregate, type, step }): CarriedEvent => {
    position += step;
    return {
      ...{ type, position, source: SOURCE, aggregateType: 'thing', aggregateId: aggregate, sequence: position },
      id: `00000000-0000-7000-8000-${String(position).padStart(12, '0')}`,
      partition: partitionOf('thing', aggregate),
      time: new Date(0),
      data: '{}',
      traceparent: undefined,
    };
  });
}

/** What a relay says of a log: its events, each with the one before it, and in the end the last of each partition, with how far it has looked. */
function toMessages(log: readonly CarriedEvent[]) {
  const last = new Map<number, bigint>();
  const events = log.map((event): BrokerMessage => {
    const previous = last.get(event.partition) ?? 0n;
    last.set(event.partition, event.position);
    return { kind: 'event', event, previous };
  });
  const end = log.at(-1)?.position ?? 0n;
  const markers = [...last].map(([partition, position]): BrokerMessage => ({
    kind: 'marker',
    partition,
    position,
    through: end,
  }));
  return { events, markers, last, end };
}

/** What EventService gives of a log, some events at a time. */
function readFrom(log: readonly CarriedEvent[], pageSize: number) {
  return async function* ({ partition, after, through, types }: Omit<Gap, 'source'>): AsyncGenerator<GapPage> {
    const missing = log.filter(
      (event) => event.partition === partition && event.position > after && event.position <= through,
    );
    for (let index = 0; index < missing.length; index += pageSize) {
      const page = missing.slice(index, index + pageSize);
      const isLast = index + pageSize >= missing.length;
      const events = page.filter(({ type }) => types.includes(type));
      yield { events, through: isLast ? through : (page.at(-1)?.position ?? through) };
    }
    if (missing.length === 0) yield { events: [], through };
  };
}

/** What comes of what a broker does. */
async function deliver(
  messages: readonly BrokerMessage[],
  log: readonly CarriedEvent[],
  { chunk, pageSize, after = 0n }: { readonly chunk: number; readonly pageSize: number; readonly after?: bigint },
) {
  const acknowledged: number[] = [];
  const isOver = new Error('nothing more comes');
  const waiting = messages.map((message, index): IncomingMessage => {
    const { headers, data } = writeMessage(message, { source: SOURCE, binding: NATS_BINDING });
    return { headers, data, acknowledge: () => void acknowledged.push(index) };
  });
  const partitions = new Set(AGGREGATES.map((aggregate) => partitionOf('thing', aggregate)));
  const deliveries = inSequence({
    names: { courier: 'nats', source: SOURCE, consumer: 'consumer' },
    binding: NATS_BINDING,
    subscription: {
      types: [WANTED],
      after: new Map([...partitions].map((partition) => [partition, after])),
      signal: new AbortController().signal,
    },
    arrivals: {
      async take() {
        if (waiting.length === 0) throw isOver;
        return waiting.splice(0, chunk);
      },
    },
    read: readFrom(log, pageSize),
    confirm: async () => undefined,
    events: createEmitter<BrokerEvents>(),
  });
  const events: CarriedEvent[] = [];
  const through = new Map<number, bigint>();
  const early: number[] = [];
  try {
    for await (const delivery of deliveries) {
      const before = acknowledged.length;
      events.push(...delivery.events);
      for (const [partition, position] of delivery.through ?? []) {
        expect(position).toBeGreaterThanOrEqual(through.get(partition) ?? 0n);
        through.set(partition, position);
      }
      early.push(acknowledged.length - before);
      delivery.handled();
    }
  } catch (error) {
    if (error !== isOver) throw error;
  }
  return { events, through, acknowledged, early };
}

const wantedOf = (log: readonly CarriedEvent[], partition: number) =>
  log.filter((event) => event.partition === partition && event.type === WANTED).map(({ position }) => position);
const positionsIn = (events: readonly CarriedEvent[], partition: number) =>
  events.filter((event) => event.partition === partition).map(({ position }) => position);

describe('inSequence', () => {
  it('gives every event of a log once and in order, whatever a broker loses, repeats or turns round', async () => {
    await fc.assert(
      fc.asyncProperty(
        written,
        fc.array(fc.nat(1_000), { maxLength: 80 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 7 }),
        async (steps, picks, chunk, pageSize) => {
          const log = toLog(steps);
          const { events, markers, last, end } = toMessages(log);
          const said = [...events, ...markers];
          const come = [...picks.flatMap((pick) => said[pick % said.length] ?? []), ...markers];
          const result = await deliver(come, log, { chunk, pageSize });
          for (const partition of last.keys()) {
            expect(positionsIn(result.events, partition)).toEqual(wantedOf(log, partition));
            expect(result.through.get(partition)).toBe(end);
          }
          expect(result.acknowledged.toSorted((a, b) => a - b)).toEqual(come.map((_, index) => index));
          expect(result.early.every((count) => count === 0)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('reads nothing from the publisher when the broker brings everything in order', async () => {
    await fc.assert(
      fc.asyncProperty(written, fc.integer({ min: 1, max: 7 }), async (steps, chunk) => {
        const log = toLog(steps);
        const { events, last } = toMessages(log);
        const result = await deliver(events, [], { chunk, pageSize: 1 });
        for (const partition of last.keys()) {
          expect(positionsIn(result.events, partition)).toEqual(wantedOf(log, partition));
        }
      }),
    );
  });

  it('begins after the position that a consumer has, although the broker brings what is before', async () => {
    const log = toLog(Array.from({ length: 12 }, () => ({ aggregate: '1', type: WANTED, step: 1n })));
    const result = await deliver(toMessages(log).events, log, { chunk: 5, pageSize: 5, after: 7n });
    expect(result.events.map(({ position }) => position)).toEqual([8n, 9n, 10n, 11n, 12n]);
  });
});
