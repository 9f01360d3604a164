import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Random } from '../../../src/chassis/core/index.ts';
import type { CourierName } from '../../../src/chassis/events/index.ts';
import { testCard } from '../../../src/sandbox/payment-provider/test-cards.ts';
import { startBroker, type Broker } from '../../support/events/brokers.ts';
import { eventually } from '../../support/eventually.ts';
import { startEtcdProcess, type EtcdProcess } from '../../support/fault-etcd.ts';
import { breaches as invariantBreaches, openDatabases } from '../../support/invariants/index.ts';
import { untilMailIsOut } from '../../support/mail.ts';
import { postmasterPid, serverProcesses } from '../../support/postgres-processes.ts';
import { hasRealEtcd } from '../../support/real-etcd.ts';
import { seededRandom, shuffled } from '../../support/seeded-random.ts';
import { GOOD_CARD, newCustomer, newProduct, orderRequest, type Customer } from '../../support/shopping.ts';
import { openStorefront, type Storefront } from '../../support/storefront.ts';
import { QUIET_SUITE, startSuite, type TestSuite } from '../../support/suite.ts';
import { rowResult, type CheckoutSetting, type RowResult } from './row.ts';

/** Every order that was acknowledged is over so long after the last kill. */
const OVER_WITHIN_MS = 15_000;
/** How long we look, to say how much was still missing. */
const LOOK_MS = 120_000;
const LOOK_AGAIN_MS = 250;
const CUSTOMERS = 20;
const PRODUCTS = 20;
const STOCK = 100_000;
/** A customer waits as long as it takes: every order offered is to be acknowledged in the end. */
const PATIENCE_MS = 180_000;
/** What the customers pay with; some are declined, some only when the parcel is arranged already. */
const CARDS = [
  ...Array.from({ length: 8 }, () => GOOD_CARD),
  testCard('insufficient_funds').number,
  testCard('capture_declined').number,
];

interface Buyer {
  readonly customer: Customer;
  readonly storefront: Storefront;
}

/**
 * Scoreboard row 3: processes of every kind are killed (SIGKILL) one after the other, the database's, the registry's and the
 * broker's among them, while orders come in. Never the payment provider: it is the witness.
 */
export async function killAnything(
  options: CheckoutSetting & {
    /** What carries events; its broker is killed too. Default: the feed, which has none. */
    readonly courier?: CourierName;
    /** Default 60. */
    readonly kills?: number;
    /** In which the kills fall and the orders are offered, evenly; default 120,000. */
    readonly durationMs?: number;
    /** Default 5,000. */
    readonly orders?: number;
  },
): Promise<RowResult> {
  const { seed, checkout, courier = 'feed', kills = 60, durationMs = 120_000, orders = 5_000 } = options;
  const random = seededRandom(seed);
  await using etcd = await startEtcdProcess(hasRealEtcd() ? 'real' : 'embedded');
  await using broker = await startBroker(courier);
  await using suite = await startSuite({
    args: ['--no-demo', '--replicas', 'order=2', '--checkout', checkout],
    environment: {
      ...QUIET_SUITE,
      ETCD_ENDPOINTS: `http://${etcd.address}`,
      EVENTS_COURIER: courier,
      ...broker?.environment,
    },
  });
  const productIds = await Promise.all(Array.from({ length: PRODUCTS }, () => newProduct(suite, STOCK)));
  const buyers = await Promise.all(Array.from({ length: CUSTOMERS }, (_, n) => newBuyer(suite, n)));
  const orderIds: string[] = [];
  const unanswered: string[] = [];

  const startedAt = performance.now();
  const offers = Array.from({ length: orders }, async (_, n) => {
    await delay((n * durationMs) / orders);
    const { customer, storefront } = at(buyers, n);
    const request = orderRequest(customer, at(productIds, Math.floor(random.next() * PRODUCTS)), 1);
    await storefront.place(request).then(
      (orderId) => orderIds.push(orderId),
      (error: unknown) => unanswered.push(String(error)),
    );
  });
  const killed = await killInTurn({ suite, etcd, broker, random, kills, durationMs, startedAt });
  const lastKillAt = performance.now();
  const { overAfterMs, leftAtLimit } = await overAfter(suite, lastKillAt, Promise.all(offers));
  await Promise.all(offers);

  await untilMailIsOut(suite);
  const received = new Map(productIds.map((id) => [id, STOCK]));
  const found = [
    ...(unanswered.length > 0 ? [`${unanswered.length} orders were never answered: ${unanswered[0]}`] : []),
    ...(leftAtLimit > 0
      ? [`I3: ${leftAtLimit} orders were not over ${OVER_WITHIN_MS / 1_000} s after the last kill`]
      : []),
    ...(await invariantBreaches(suite, { orderIds, received, mailsMayRepeat: true })),
  ];
  const figure =
    `${[...killed.values()].reduce((sum, count) => sum + count, 0)} kills in ${Math.round(durationMs / 1_000)} s ` +
    `(${[...killed].map(([target, count]) => `${target} ${count}`).join(', ')}); ${orderIds.length} of ${orders} orders ` +
    `acknowledged; all over ${overAfterMs === undefined ? `not within ${LOOK_MS / 1_000} s` : `${(overAfterMs / 1_000).toFixed(1)} s`} ` +
    `after the last kill; ${etcd.kind} etcd, ${courier}`;
  return rowResult(figure, found);
}

async function newBuyer(suite: TestSuite, n: number): Promise<Buyer> {
  const customer = await newCustomer(suite, at(CARDS, n));
  return { customer, storefront: await openStorefront(suite, customer, { patienceMs: PATIENCE_MS }) };
}

interface Killing {
  readonly suite: TestSuite;
  readonly etcd: EtcdProcess;
  readonly broker: Broker | undefined;
  readonly random: Random;
  readonly kills: number;
  readonly durationMs: number;
  readonly startedAt: number;
}

/** One kill after the other, at moments and in an order that the seed chooses; answers how often each was killed. */
async function killInTurn(killing: Killing): Promise<ReadonlyMap<string, number>> {
  const { suite, broker, random, kills, durationMs, startedAt } = killing;
  const services = suite.ready.processes.map(({ name }) => name).filter((name) => name !== 'payment-provider');
  const others = shuffled([...services, 'postmaster', 'postgres process', 'etcd'], random);
  // Nothing is killed twice before all were killed once; a broker, however few the kills are, in their middle.
  const targets = broker === undefined ? others : others.toSpliced(Math.floor(kills / 2), 0, 'broker');
  const moments = Array.from({ length: kills }, () => random.next() * durationMs).sort((one, other) => one - other);
  const killed = new Map<string, number>();
  for (const [first, moment] of moments.entries()) {
    await delay(Math.max(0, startedAt + moment - performance.now()));
    // Who is away already cannot be killed: the next in line is.
    for (let turn = 0; turn < targets.length; turn += 1) {
      const target = at(targets, first + turn);
      if (!(await kill(target, killing))) continue;
      killed.set(target, (killed.get(target) ?? 0) + 1);
      break;
    }
  }
  return killed;
}

/** Answers whether it was there to be killed. */
async function kill(target: string, { suite, etcd, broker, random }: Killing): Promise<boolean> {
  if (target === 'etcd') {
    await etcd.kill();
    await etcd.start();
    return true;
  }
  if (target === 'broker') {
    await broker?.server.kill();
    await broker?.server.start();
    return true;
  }
  const postmaster = postmasterPid(join(suite.home, 'postgres'));
  if (target === 'postmaster') return postmaster !== undefined && sigkill(postmaster);
  if (target === 'postgres process') {
    const processes = postmaster === undefined ? [] : serverProcesses(postmaster);
    return processes.length > 0 && sigkill(at(processes, Math.floor(random.next() * processes.length)));
  }
  return sigkill(suite.pid(target));
}

function sigkill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** How long after the last kill every order was over, and how many were not at the limit. */
async function overAfter(suite: TestSuite, lastKillAt: number, offered: Promise<unknown>) {
  let isOffered = false;
  void offered.then(() => (isOffered = true));
  let leftAtLimit: number | undefined;
  for (;;) {
    const left = await unfinished(suite);
    const sinceMs = performance.now() - lastKillAt;
    if (sinceMs >= OVER_WITHIN_MS) leftAtLimit ??= left;
    if (left === 0 && isOffered) return { overAfterMs: sinceMs, leftAtLimit: leftAtLimit ?? 0 };
    if (sinceMs > LOOK_MS) return { overAfterMs: undefined, leftAtLimit: leftAtLimit ?? left };
    await delay(LOOK_AGAIN_MS);
  }
}

/** How many sagas and checkouts without one are under way; waits for a database that is coming back. */
function unfinished({ home }: TestSuite): Promise<number> {
  const text = `SELECT (SELECT count(*) FROM saga WHERE state NOT IN ('COMPLETED', 'COMPENSATED')) +
    (SELECT count(*) FROM checkout WHERE phase <> 'OVER') AS count`;
  return eventually(
    async () => {
      await using databases = openDatabases(home);
      const [row] = await databases.rows<{ readonly count: number }>('order', text);
      return row?.count ?? 0;
    },
    { timeoutMs: LOOK_MS },
  );
}

/** The item there, counting round and round. */
function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}
