import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { OrderServiceDefinition, OrderState, type OrderEvent } from '../../../gen/tradewind/order/v1/order.ts';
import { SagaHistoryKind, SagaServiceDefinition } from '../../../gen/tradewind/order/v1/saga.ts';
import { controlCrashPoints, type CrashPointsControl } from '../../support/crash-points.ts';
import { eventually } from '../../support/eventually.ts';
import { breaches as invariantBreaches } from '../../support/invariants/index.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { followOrder, newCustomer, newProduct, orderRequest, type Customer } from '../../support/shopping.ts';
import { openStorefront, type Storefront } from '../../support/storefront.ts';
import { QUIET_SUITE, startSuite, type TestSuite } from '../../support/suite.ts';
import { isProgress } from './resumption.ts';
import { rowResult, type RowResult, type RowSetting } from './row.ts';

const VICTIM = 'order';
const SURVIVOR = 'order-2';
/** From the death, or the freezing, to the next thing that happens to each order that was under way. */
const TAKEN_OVER_WITHIN_MS = 5_000;
const STOCK = 10_000;

/** Where the victim dies in the middle of many sagas: after it asked for something, and after it was answered. */
const DEATHS = [
  'client/before/tradewind.product.v1.InventoryService/ReserveStock',
  'client/after/tradewind.payment.v1.PaymentService/AuthorizePayment',
  'client/after/tradewind.shipping.v1.ShippingService/ArrangeShipment',
  'client/before/tradewind.payment.v1.PaymentService/CapturePayment',
  'client/after/tradewind.payment.v1.PaymentService/CapturePayment',
  'client/after/tradewind.product.v1.InventoryService/CommitReservation',
] as const;

/** It is frozen when the first of its sagas gets here. */
const FREEZES_AT = 'client/before/tradewind.payment.v1.PaymentService/CapturePayment';

const SERVES = 'server/before/tradewind.order.v1.OrderService/PlaceOrder';

interface Stage {
  readonly suite: TestSuite;
  readonly points: CrashPointsControl;
  readonly customer: Customer;
  readonly storefront: Storefront;
  readonly productId: string;
  readonly orderIds: string[];
  readonly size: number;
}

/** What became of the orders that were under way when the victim went away. */
interface Takeover {
  readonly takenOver: number;
  readonly slowestMs: number;
  readonly breaches: readonly string[];
}

/**
 * Scoreboard row 2 with two order instances: one dies and stays dead, then one is frozen and thaws when its orders are
 * over. The other goes on with what it held.
 */
export async function takeover(
  options: Pick<RowSetting, 'seed'> & { /** Orders at once; default 60. */ readonly orders?: number },
): Promise<RowResult> {
  const random = seededRandom(options.seed);
  const directory = await mkdtemp(join(tmpdir(), 'tradewind-takeover-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(directory, { recursive: true }));
  const suite = cleanup.use(
    await startSuite({
      args: ['--no-demo', '--replicas', 'order=2'],
      environment: { ...QUIET_SUITE, CRASH_POINTS_DIR: directory },
    }),
  );
  const customer = await newCustomer(suite);
  const productId = await newProduct(suite, STOCK);
  const stage: Stage = {
    ...{ suite, customer, productId, orderIds: [], size: options.orders ?? 60 },
    points: controlCrashPoints(directory),
    storefront: await openStorefront(suite, customer),
  };
  const point = DEATHS[Math.floor(random.next() * DEATHS.length)] ?? DEATHS[0];
  const died = await dieForGood(stage, point);
  const froze = await freezeAndThaw(stage);
  const found = [
    ...died.breaches,
    ...froze.breaches,
    ...(await invariantBreaches(suite, {
      orderIds: stage.orderIds,
      received: new Map([[productId, STOCK]]),
      mailsMayRepeat: true,
    })),
  ];
  const figure =
    `died at ${point}: ${died.takenOver} of ${stage.size} orders taken over, all went on within ` +
    `${Math.round(died.slowestMs)} ms; frozen: ${froze.takenOver} taken over, within ${Math.round(froze.slowestMs)} ms`;
  return rowResult(figure, found);
}

async function dieForGood(stage: Stage, point: string): Promise<Takeover> {
  const { suite, points } = stage;
  points.arm({ process: VICTIM, point });
  const placing = placeMany(stage);
  const diedAtMs = await eventually(() => known(points.diedAtMs(VICTIM), 'it did not get there'), {
    timeoutMs: 30_000,
    intervalMs: 5,
  });
  const deadUntilOver = points.keepDead(VICTIM);
  const result = await judge(stage, await placing, diedAtMs);
  const back = suite.next('restarted', ({ name }) => name === VICTIM, 60_000);
  deadUntilOver[Symbol.dispose]();
  await back;
  return result;
}

async function freezeAndThaw(stage: Stage): Promise<Takeover> {
  const { suite, points } = stage;
  points.forget();
  const servesAgain = async () => {
    await followOrder(suite, await placeOne(stage));
    expectPassed(points, SERVES);
  };
  await eventually(servesAgain, { timeoutMs: 30_000 }); // its callers have to find it first
  points.forget();
  const placing = placeMany(stage);
  await eventually(() => expectPassed(points, FREEZES_AT), { timeoutMs: 30_000, intervalMs: 1 });
  const pid = suite.pid(VICTIM);
  const frozenAtMs = Date.now();
  process.kill(pid, 'SIGSTOP');
  try {
    return await judge(stage, await placing, frozenAtMs);
  } finally {
    process.kill(pid, 'SIGCONT');
    // It serves again; what it went on with where it was frozen ran out of time or was refused.
    const orders = suite.client(OrderServiceDefinition, VICTIM);
    await eventually(() => orders.getOrder({ orderId: stage.orderIds[0] ?? '' }), { timeoutMs: 15_000 });
    await placeOne(stage).then((orderId) => followOrder(suite, orderId));
  }
}

async function placeOne({ storefront, customer, productId, orderIds }: Stage): Promise<string> {
  const orderId = await storefront.place(orderRequest(customer, productId, 1));
  orderIds.push(orderId);
  return orderId;
}

function placeMany(stage: Stage): Promise<readonly string[]> {
  return Promise.all(Array.from({ length: stage.size }, () => placeOne(stage)));
}

/** Waits, at the survivor, until all orders are over; how long each was held up that was under way at that moment. */
async function judge({ suite }: Stage, orderIds: readonly string[], goneAtMs: number): Promise<Takeover> {
  const stories = await Promise.all(orderIds.map((orderId) => followOrder(suite, orderId, { process: SURVIVOR })));
  const heldUp = stories.flatMap((events) => heldUpMs(events, goneAtMs));
  const takenOver = (await Promise.all(orderIds.map((orderId) => wasTakenOver(suite, orderId)))).filter(Boolean).length;
  const slowestMs = Math.max(0, ...heldUp);
  const unconfirmed = stories.filter((events) => events.at(-1)?.state !== OrderState.ORDER_STATE_CONFIRMED).length;
  const breaches = [
    ...(takenOver === 0 ? ['it held no order under way, so nothing was taken over'] : []),
    ...(slowestMs > TAKEN_OVER_WITHIN_MS ? [`an order went on only after ${Math.round(slowestMs)} ms`] : []),
    ...(unconfirmed > 0 ? [`${unconfirmed} orders were not confirmed`] : []),
  ];
  return { takenOver, slowestMs, breaches };
}

/** Nothing for an order that began later or was over already. */
function heldUpMs(events: readonly OrderEvent[], goneAtMs: number): readonly number[] {
  const timeOf = ({ eventTime }: OrderEvent) => eventTime?.getTime() ?? 0;
  const begun = events[0] !== undefined && timeOf(events[0]) < goneAtMs;
  const next = events.find((event) => isProgress(event) && timeOf(event) >= goneAtMs);
  return begun && next !== undefined ? [timeOf(next) - goneAtMs] : [];
}

async function wasTakenOver(suite: TestSuite, orderId: string): Promise<boolean> {
  const sagas = suite.client(SagaServiceDefinition, SURVIVOR);
  const { sagas: found } = await sagas.listSagas({ orderId });
  const histories = await Promise.all(found.map(({ id }) => sagas.getSaga({ sagaId: id })));
  return histories.some(({ history }) =>
    history.some(
      ({ kind, instance }) => kind === SagaHistoryKind.SAGA_HISTORY_KIND_TAKEN_OVER && instance === SURVIVOR,
    ),
  );
}

function expectPassed(points: CrashPointsControl, point: string): void {
  const passed = points.seen().some((one) => one.process === VICTIM && one.point === point);
  if (!passed) throw new Error(`it did not get to ${point}`);
}

function known<Value>(value: Value | undefined, otherwise: string): Value {
  if (value === undefined) throw new Error(otherwise);
  return value;
}
