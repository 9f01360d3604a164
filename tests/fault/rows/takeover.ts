import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { OrderState, type OrderEvent } from '../../../gen/tradewind/order/v1/order.ts';
import type { CheckoutStyle } from '../../../src/services/order/place-order.ts';
import { controlCrashPoints, type CrashPointsControl } from '../../support/crash-points.ts';
import { eventually } from '../../support/eventually.ts';
import { breaches as invariantBreaches } from '../../support/invariants/index.ts';
import { seededRandom, shuffled } from '../../support/seeded-random.ts';
import { followOrder, newCustomer, newProduct, orderRequest, type Customer } from '../../support/shopping.ts';
import { openStorefront, type Storefront } from '../../support/storefront.ts';
import { QUIET_SUITE, startSuite, type TestSuite } from '../../support/suite.ts';
import { isProgress } from './resumption.ts';
import { rowResult, type CheckoutSetting, type RowResult } from './row.ts';
import { claimsOf, sagaTakenOverBy } from './taken-over.ts';
import { TAKEOVER_PLACES, type Place } from './takeover-places.ts';

/** From the death, or the freezing, to the next thing that happens to each order that was under way. */
const TAKEN_OVER_WITHIN_MS = 5_000;
const STOCK = 10_000;

interface Stage {
  readonly checkout: CheckoutStyle;
  readonly suite: TestSuite;
  readonly points: CrashPointsControl;
  readonly customer: Customer;
  readonly storefront: Storefront;
  readonly productId: string;
  readonly orderIds: string[];
  readonly size: number;
}

/** What became of the orders that were under way when an instance went away. */
interface Takeover {
  readonly place: Place;
  readonly takenOver: number;
  readonly slowestMs: number;
  readonly breaches: readonly string[];
}

/** How long the row is. */
export interface TakeoverOptions extends CheckoutSetting {
  /** At once; default 60. */
  readonly orders?: number;
  /** At how many of the places an instance dies, drawn by the seed; default 3. */
  readonly deaths?: number;
  /** At how many it is frozen; default: all. */
  readonly freezes?: number;
}

/**
 * Scoreboard row 2 with two instances of whoever goes away: one dies and stays dead, or is frozen and thaws when its orders
 * are over. The other goes on with what it held.
 */
export async function takeover(options: TakeoverOptions): Promise<RowResult> {
  const { seed, checkout, orders: size = 60 } = options;
  const random = seededRandom(seed);
  const places = TAKEOVER_PLACES[checkout];
  const deaths = shuffled(places.deaths, random).slice(0, options.deaths ?? 3);
  const freezes = shuffled(places.freezes, random).slice(0, options.freezes ?? places.freezes.length);
  const victims = new Set(['order', ...[...deaths, ...freezes].map(({ process }) => process)]);
  const directory = await mkdtemp(join(tmpdir(), 'tradewind-takeover-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(directory, { recursive: true }));
  const suite = cleanup.use(
    await startSuite({
      args: ['--no-demo', '--checkout', checkout, '--replicas', [...victims].map((name) => `${name}=2`).join()],
      environment: { ...QUIET_SUITE, CRASH_POINTS_DIR: directory },
    }),
  );
  const customer = await newCustomer(suite);
  const productId = await newProduct(suite, STOCK);
  const stage: Stage = {
    ...{ checkout, suite, customer, productId, orderIds: [], size },
    points: controlCrashPoints(directory),
    storefront: await openStorefront(suite, customer),
  };
  const died: Takeover[] = [];
  for (const place of deaths) died.push(await dieForGood(stage, place));
  const froze: Takeover[] = [];
  for (const place of freezes) froze.push(await freezeAndThaw(stage, place));
  const found = [
    ...[...died, ...froze].flatMap(({ breaches }) => breaches),
    ...(await invariantBreaches(suite, {
      orderIds: stage.orderIds,
      received: new Map([[productId, STOCK]]),
      mailsMayRepeat: true,
    })),
  ];
  return rowResult(`died: ${died.map(told(size)).join('; ')}; frozen: ${froze.map(told(size)).join('; ')}`, found);
}

/** "payment at part/after/capture-payment, 31 of 60 orders taken over, all within 2900 ms". */
function told(size: number): (takeover: Takeover) => string {
  return ({ place: { process, point }, takenOver, slowestMs }) =>
    `${process} at ${point}, ${takenOver} of ${size} orders taken over, all within ${Math.round(slowestMs)} ms`;
}

const survivorOf = ({ process }: Place) => `${process}-2`;

async function dieForGood(stage: Stage, place: Place): Promise<Takeover> {
  const { suite, points } = stage;
  const { process } = place;
  await untilItServes(stage, place);
  points.arm(place);
  const placing = placeMany(stage);
  const diedAtMs = await eventually(() => known(points.diedAtMs(process), `${process} did not get to ${place.point}`), {
    timeoutMs: 30_000,
    intervalMs: 5,
  });
  const deadUntilOver = points.keepDead(process);
  const held = await claimsOf(suite, process);
  const result = await judge(stage, { place, held, orderIds: await placing, goneAtMs: diedAtMs });
  const back = suite.next('restarted', ({ name }) => name === process, 60_000);
  deadUntilOver[Symbol.dispose]();
  await back;
  return result;
}

async function freezeAndThaw(stage: Stage, place: Place): Promise<Takeover> {
  const { suite, points } = stage;
  await untilItServes(stage, place);
  points.forget();
  const placing = placeMany(stage);
  await eventually(() => expectPassed(points, place), { timeoutMs: 30_000, intervalMs: 1 });
  const pid = suite.pid(place.process);
  const goneAtMs = Date.now();
  process.kill(pid, 'SIGSTOP');
  try {
    const held = await claimsOf(suite, place.process);
    return await judge(stage, { place, held, orderIds: await placing, goneAtMs });
  } finally {
    process.kill(pid, 'SIGCONT');
    await untilItServes(stage, place); // what it went on with where it was frozen ran out of time or was refused
  }
}

/** Its callers have to find it first, or its share of the events has to come back to it. */
async function untilItServes(stage: Stage, { process, point }: Place): Promise<void> {
  const { suite, points, checkout } = stage;
  points.forget();
  const serves = { process, point: TAKEOVER_PLACES[checkout].serves({ process, point }) };
  const look = async () => {
    await followOrder(suite, await placeOne(stage));
    expectPassed(points, serves);
  };
  await eventually(look, { timeoutMs: 30_000 });
}

async function placeOne({ storefront, customer, productId, orderIds }: Stage): Promise<string> {
  const orderId = await storefront.place(orderRequest(customer, productId, 1));
  orderIds.push(orderId);
  return orderId;
}

function placeMany(stage: Stage): Promise<readonly string[]> {
  return Promise.all(Array.from({ length: stage.size }, () => placeOne(stage)));
}

interface Going {
  readonly place: Place;
  /** Whether what happened to the order was to be heard by the instance when it went. */
  readonly held: (orderId: string) => boolean;
  readonly orderIds: readonly string[];
  readonly goneAtMs: number;
}

/** Waits, at the survivor, until all orders are over; how long each was held up that was under way at that moment. */
async function judge({ suite, checkout }: Stage, { place, held, orderIds, goneAtMs }: Going): Promise<Takeover> {
  const survivor = survivorOf(place);
  const process = place.process === 'order' ? survivor : 'order';
  const stories = await Promise.all(
    orderIds.map(async (orderId) => ({ orderId, events: await followOrder(suite, orderId, { process }) })),
  );
  const underWay = stories.filter(({ events }) => heldUpMs(events, goneAtMs) !== undefined);
  const wasTaken = async ({ orderId }: { readonly orderId: string }) =>
    checkout === 'orchestration' ? sagaTakenOverBy(suite, survivor, orderId) : held(orderId);
  const takenOver = (await Promise.all(underWay.map(wasTaken))).filter(Boolean).length;
  const slowestMs = Math.max(0, ...underWay.map(({ events }) => heldUpMs(events, goneAtMs) ?? 0));
  const isConfirmed = (events: readonly OrderEvent[]) => events.at(-1)?.state === OrderState.ORDER_STATE_CONFIRMED;
  const unconfirmed = stories.filter(({ events }) => !isConfirmed(events)).length;
  const where = `${place.process} at ${place.point}`;
  const breaches = [
    ...(takenOver === 0 ? [`${where}: it held no order under way, so nothing was taken over`] : []),
    ...(slowestMs > TAKEN_OVER_WITHIN_MS ? [`${where}: an order went on only after ${Math.round(slowestMs)} ms`] : []),
    ...(unconfirmed > 0 ? [`${where}: ${unconfirmed} orders were not confirmed`] : []),
  ];
  return { place, takenOver, slowestMs, breaches };
}

/** Undefined for an order that began later or was over already. */
function heldUpMs(events: readonly OrderEvent[], goneAtMs: number): number | undefined {
  const timeOf = ({ eventTime }: OrderEvent) => eventTime?.getTime() ?? 0;
  const begun = events[0] !== undefined && timeOf(events[0]) < goneAtMs;
  const next = events.find((event) => isProgress(event) && timeOf(event) >= goneAtMs);
  return begun && next !== undefined ? timeOf(next) - goneAtMs : undefined;
}

function expectPassed(points: CrashPointsControl, { process, point }: Place): void {
  const passed = points.seen().some((one) => one.process === process && one.point === point);
  if (!passed) throw new Error(`${process} did not get to ${point}`);
}

function known<Value>(value: Value | undefined, otherwise: string): Value {
  if (value === undefined) throw new Error(otherwise);
  return value;
}
