import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  countOrder,
  dueTotal,
  evolve,
  placeOrder,
  quantityLeft,
  refundedTotal,
  talliesOf,
  tallyDifference,
  type CountedOrder,
  type Order,
  type OrderEvent,
  type Tally,
} from '../../../src/services/order/domain.ts';
import { ORDER_AGGREGATE } from '../../../src/services/order/order-aggregate.ts';
import { aCart, decisions, placed, type Fate } from '../../support/order-histories.ts';

const FATES = ['confirmed', 'refused', 'cancelled', 'too-late', 'reduced'] as const satisfies readonly Fate[];

/** All that happened to one order, and when: an event a second. */
function historyOf(fate: Fate, commits = Infinity) {
  const cart = aCart();
  const events: OrderEvent[] = [placeOrder(cart)];
  for (const [index, decision] of [...decisions(placed(cart), fate)].entries()) {
    if (index < commits) events.push(...decision.events);
  }
  return events.map((event, index) => ({
    event,
    place: { version: BigInt(index + 1), time: new Date(Date.UTC(2026, 0, 2, 3, 4, index)) },
  }));
}

type History = ReturnType<typeof historyOf>;

const fold = (history: History, from?: Order) =>
  history.reduce<Order | undefined>((order, { event, place }) => ORDER_AGGREGATE.evolve(order, event, place), from)!;

const throughText = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const histories = fc.tuple(fc.constantFrom(...FATES), fc.integer({ min: 0, max: 6 })).map(([fate, commits]) => historyOf(fate, commits)); // prettier-ignore

describe('evolve', () => {
  it('makes of every order what became of it', () => {
    const end = (fate: Fate) => fold(historyOf(fate));
    const euros = (units: bigint) => ({ currencyCode: 'EUR', units, nanos: 0 });
    const ids = { reservationId: 'r', paymentId: 'p', shipmentId: 's' };
    expect(end('confirmed')).toMatchObject({ ...ids, state: 'CONFIRMED', activeSagas: 0, pointsAwarded: 127n });
    expect(end('refused')).toMatchObject({
      ...{ state: 'CANCELLED', paymentId: undefined, confirmTime: undefined, activeSagas: 0 },
      cancellation: { reason: 'PAYMENT_DECLINED', step: 'authorize-payment' },
    });
    const cancelled = end('cancelled');
    expect(cancelled).toMatchObject({
      state: 'CANCELLED',
      confirmTime: expect.any(Date),
      cancelTime: expect.any(Date),
    });
    expect([dueTotal(cancelled), refundedTotal(cancelled)]).toEqual([euros(0n), euros(127n)]);
    expect(end('too-late')).toMatchObject({ state: 'CONFIRMED', cancellation: undefined, cancelTime: undefined });
    const reduced = end('reduced');
    expect(reduced).toMatchObject({ state: 'CONFIRMED', pointsAwarded: 47n, reduction: { underWay: undefined } });
    expect([dueTotal(reduced), refundedTotal(reduced)]).toEqual([euros(47n), euros(80n)]);
    expect(reduced.lines.map((line) => quantityLeft(line, reduced))).toEqual([1, 1]);
  });

  it('refuses a history that does not begin with the placing', () => {
    const [, second] = historyOf('confirmed');
    expect(() => evolve(undefined, second!.event, new Date(0))).toThrow('not its placing');
  });

  it('gives the same from any snapshot on as from the first event, however both were written', () => {
    fc.assert(
      fc.property(histories, fc.nat(), (history, place) => {
        const { snapshots, events } = ORDER_AGGREGATE;
        const written = history.map(({ event, place: at }) => ({
          event: events.fromJson(throughText(events.toJson(event)), at),
          place: at,
        }));
        expect(written).toEqual(history);
        const split = (place % history.length) + 1;
        const snapshot = snapshots.fromJson(throughText(snapshots.toJson(fold(history.slice(0, split)))));
        expect(fold(written.slice(split), snapshot)).toEqual(fold(history));
      }),
    );
  });
});

describe('the statistics of orders', () => {
  const key = ({ kind, day, key: of, currencyCode }: Tally) => [kind, day, of, currencyCode].join(' ');
  const sorted = (tallies: readonly Tally[]) => tallies.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));

  it('are the same when every event changes them as when all orders are counted at the end', () => {
    fc.assert(
      fc.property(fc.array(histories, { maxLength: 8 }), (all) => {
        let sums: readonly Tally[] = [];
        const ends: CountedOrder[] = [];
        for (const history of all) {
          let counted: CountedOrder | undefined;
          for (const { event, place } of history) {
            const before = counted;
            counted = countOrder(before, event, place.time);
            const change = tallyDifference(before ? talliesOf(before) : [], counted ? talliesOf(counted) : []);
            sums = tallyDifference([], [...sums, ...change]);
          }
          if (counted !== undefined) ends.push(counted);
        }
        expect(sorted(sums)).toEqual(sorted(tallyDifference([], ends.flatMap(talliesOf))));
      }),
    );
  });

  it('count the revenue of what is due, why orders were cancelled, and what was bought', () => {
    const counted = (fate: Fate) =>
      historyOf(fate).reduce<CountedOrder | undefined>((before, { event, place }) => countOrder(before, event, place.time), undefined)!; // prettier-ignore
    expect(talliesOf(counted('reduced'))).toMatchObject([
      { kind: 'STATE', key: 'CONFIRMED', day: '2026-01-02', orders: 1, pieces: 2, nanos: 47_000_000_000n },
      { kind: 'PRODUCT', pieces: 1, nanos: 40_000_000_000n },
      { kind: 'PRODUCT', pieces: 1, nanos: 7_000_000_000n },
    ]);
    expect(talliesOf(counted('refused'))).toMatchObject([
      { kind: 'STATE', key: 'CANCELLED', orders: 1, nanos: 0n },
      { kind: 'REASON', key: 'PAYMENT_DECLINED', orders: 1 },
    ]);
    expect(talliesOf(counted('too-late'))).toEqual(talliesOf(counted('confirmed')));
  });
});
