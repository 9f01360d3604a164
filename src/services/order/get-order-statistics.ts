import type {
  GetOrderStatisticsRequest,
  GetOrderStatisticsResponse,
  OrderCount,
} from '../../../gen/tradewind/order/v1/order.ts';
import { currentCall, invalidArgument, type Clock } from '../../chassis/core/index.ts';
import type { ReadModels } from '../../chassis/event-store/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import { toProtoState } from './convert.ts';
import { fromNanos, type OrderState } from './domain.ts';
import { ORDER_STATISTICS } from './read-models/order-statistics.ts';
import type { OrderStatements } from './statements.ts';

/** What reading the statistics needs. */
export interface OrderStatisticsDependencies {
  readonly database: Database;
  readonly statements: OrderStatements;
  readonly readModels: Pick<ReadModels, 'caughtUp'>;
  readonly clock: Clock;
}

const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;
const TOP_PRODUCTS = 10;
const DAY_MS = 24 * 60 * 60_000;

/** How long statistics wait for what was committed before they were asked for, in milliseconds. */
const CATCH_UP_MS = 1_000;

/** GetOrderStatistics: what the read model has added up. Administrators only. */
export function createGetOrderStatistics({ database, statements, readModels, clock }: OrderStatisticsDependencies) {
  return async (request: GetOrderStatisticsRequest, signal: AbortSignal): Promise<GetOrderStatisticsResponse> => {
    assertAdmin(currentCall()?.principal);
    const [firstDay, lastDay] = daysOf(request, clock.now());
    await readModels.caughtUp(ORDER_STATISTICS, { timeoutMs: CATCH_UP_MS, signal });
    const days = [firstDay, lastDay];
    const [byDay, byReason, byProduct] = await Promise.all([
      database.rows<DayRow>(statements['count-orders-by-day'], days),
      database.rows<ReasonRow>(statements['count-orders-by-reason'], days),
      database.rows<ProductRow>(statements['count-orders-by-product'], [...days, request.topProducts || TOP_PRODUCTS]),
    ]);
    return {
      ...{ firstDay, lastDay, counts: toCounts(byDay) },
      cancellations: byReason.map(({ reason, orders }) => ({ reason, orderCount: orders })),
      topProducts: byProduct.map(({ product_id: productId, orders, pieces, revenues }) => ({
        ...{ productId, orderCount: orders, pieceCount: pieces },
        revenues: revenues.map(({ currencyCode, nanos }) => fromNanos(currencyCode, BigInt(nanos))),
      })),
    };
  };
}

/** The first and the last day, as the contract fills in what is empty. */
function daysOf({ firstDay, lastDay }: GetOrderStatisticsRequest, nowMs: number): readonly [string, string] {
  const last = lastDay === '' ? Date.parse(toDay(nowMs)) : parseDay('last_day', lastDay);
  const first = firstDay === '' ? last - (DEFAULT_DAYS - 1) * DAY_MS : parseDay('first_day', firstDay);
  if (first > last) throw badDay('first_day', 'is after last_day');
  if (last - first >= MAX_DAYS * DAY_MS) throw badDay('first_day', `is more than ${MAX_DAYS} days before last_day`);
  return [toDay(first), toDay(last)];
}

function parseDay(field: string, text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || toDay(ms) !== text) throw badDay(field, 'is no day of the calendar');
  return ms;
}

function toDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 'YYYY-MM-DD'.length);
}

function badDay(field: string, description: string) {
  return invalidArgument([{ field, description, reason: 'day' }]);
}

/** The rows of one day and state, which differ in their currency, become one. */
function toCounts(rows: readonly DayRow[]): OrderCount[] {
  const counts: OrderCount[] = [];
  for (const { day, state, currency_code, orders, nanos } of rows) {
    const due = fromNanos(currency_code, BigInt(nanos));
    const last = counts.at(-1);
    if (last?.day === day && last.state === toProtoState(state)) {
      last.orderCount += orders;
      last.dueTotals.push(due);
    } else {
      counts.push({ day, state: toProtoState(state), orderCount: orders, dueTotals: [due] });
    }
  }
  return counts;
}

interface DayRow {
  readonly day: string;
  readonly state: OrderState;
  readonly currency_code: string;
  readonly orders: bigint;
  readonly nanos: string;
}

interface ReasonRow {
  readonly reason: string;
  readonly orders: bigint;
}

interface ProductRow {
  readonly product_id: string;
  readonly orders: bigint;
  readonly pieces: bigint;
  readonly revenues: readonly { readonly currencyCode: string; readonly nanos: string }[];
}
