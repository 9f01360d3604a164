import type { LoggedEvent, ReadModel } from '../../../chassis/event-store/index.ts';
import { countOrder, talliesOf, tallyDifference, type CountedOrder, type Tally } from '../domain.ts';
import { moneyFrom, moneyJson, type MoneyJson } from '../money-json.ts';
import { eventFromJson } from '../order-json.ts';
import type { OrderStatements } from '../statements.ts';

/** The read model that GetOrderStatistics shows. */
export const ORDER_STATISTICS = 'order-statistics';

/** Sums over orders, brought up to date by what an event changes of what its order adds to them. */
export function createOrderStatistics(statements: OrderStatements): ReadModel {
  return {
    name: ORDER_STATISTICS,
    tables: ['counted_order', 'order_statistic'],
    schema: [statements['create-counted-order'], statements['create-order-statistic']],
    types: ['placed', 'confirmed', 'cancelling', 'cancelled', 'lines-cancelled'],
    async apply(tx, events, generation) {
      const ids = [...new Set(events.map(({ streamId }) => streamId))];
      const rows = await tx.rows<CountedRow>(statements['get-counted-orders'], [generation, ids]);
      const before = new Map(rows.map(({ id, body }) => [id, fromJson(body)]));
      const after = countAll(before, events);
      if (after.size === 0) return;
      const changed = [...after].map(([id, order]) => ({ id, body: toJson(order) }));
      await tx.execute(statements['save-counted-orders'], [generation, JSON.stringify(changed)]);
      const tallies = tallyDifference(
        [...before.values()].flatMap(talliesOf),
        [...new Map([...before, ...after]).values()].flatMap(talliesOf),
      );
      if (tallies.length === 0) return;
      await tx.execute(statements['add-order-statistics'], [generation, JSON.stringify(tallies.map(toRow))]);
    },
  };
}

/** The orders that the events change. One whose row a person removed stays away, until all are made again. */
function countAll(
  before: ReadonlyMap<string, CountedOrder>,
  events: readonly LoggedEvent[],
): ReadonlyMap<string, CountedOrder> {
  const after = new Map<string, CountedOrder>();
  for (const { streamId, version, time, data } of events) {
    const counted = countOrder(after.get(streamId) ?? before.get(streamId), eventFromJson(data, version), time);
    if (counted !== undefined) after.set(streamId, counted);
  }
  return after;
}

function toRow({ currencyCode, nanos, ...tally }: Tally) {
  return { ...tally, currency_code: currencyCode, nanos: nanos.toString() };
}

function toJson({ lines, ...order }: CountedOrder) {
  return { ...order, lines: lines.map((line) => ({ ...line, unitPrice: moneyJson(line.unitPrice) })) };
}

function fromJson({ lines, ...order }: CountedJson): CountedOrder {
  return { ...order, lines: lines.map((line) => ({ ...line, unitPrice: moneyFrom(line.unitPrice) })) };
}

type CountedJson = Omit<CountedOrder, 'lines'> & {
  readonly lines: readonly (Omit<CountedOrder['lines'][number], 'unitPrice'> & { readonly unitPrice: MoneyJson })[];
};

interface CountedRow {
  readonly id: string;
  readonly body: CountedJson;
}
