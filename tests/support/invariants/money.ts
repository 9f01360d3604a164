import { groupBy, sumOf } from './group.ts';
import type { Breach, Posting, ProviderAccount, World, WorldOrder, WorldPayment } from './world.ts';

/** What I2 and I4 look at. */
export type MoneyWorld = Pick<World, 'orders' | 'provider' | 'payments' | 'postings'>;

const NEVER_PAID: Omit<ProviderAccount, 'orderId' | 'currency'> = { held: 0, captured: 0, refunded: 0, captures: 0 };

/**
 * I2, money is exact: for each order that is over, what the provider's own ledger holds, took and gave back is what the
 * order is due, and our payments and every account of our double-entry ledger say the same. No debit without its credit,
 * no money without an order.
 */
export function moneyBreaches({ orders, provider, payments, postings }: MoneyWorld): readonly Breach[] {
  const known = new Set(orders.map(({ id }) => id));
  const accounts = new Map(provider.map((account) => [account.orderId, account]));
  const paymentsOf = groupBy(payments, ({ orderId }) => orderId);
  const postingsOf = groupBy(postings, ({ orderId }) => orderId);
  return [
    ...provider
      .filter(({ orderId }) => !known.has(orderId))
      .map(
        ({ orderId, captured, held }) => `I2: the provider took ${captured} and holds ${held} for no order, ${orderId}`,
      ),
    ...orders.filter(isOver).flatMap((order) => {
      const account = accounts.get(order.id);
      return [
        ...dueBreaches(order, account),
        ...paymentBreaches(order, account, paymentsOf.get(order.id) ?? []),
        ...accountBreaches(order, account, postingsOf.get(order.id) ?? []),
      ];
    }),
    ...doubleEntryBreaches(postings),
    ...totalBreaches(orders, provider),
  ];
}

/** I4: the provider captured at most once for each order. */
export function captureBreaches({ provider }: Pick<World, 'provider'>): readonly Breach[] {
  return provider
    .filter(({ captures }) => captures > 1)
    .map(({ orderId, captures }) => `I4: order ${orderId} was captured ${captures} times`);
}

function isOver({ state }: WorldOrder): boolean {
  return state === 'CONFIRMED' || state === 'CANCELLED';
}

function dueBreaches(order: WorldOrder, account: ProviderAccount | undefined): readonly Breach[] {
  const { captured, refunded, held } = account ?? NEVER_PAID;
  const due = dueOf(order);
  const found: Breach[] = [];
  if (captured - refunded !== due) {
    const says = `the provider took ${captured} and gave back ${refunded}`;
    found.push(`I2: order ${order.id} is ${order.state} and due ${due}, ${says}`);
  }
  if (held !== 0) found.push(`I2: order ${order.id} is ${order.state}, the provider still holds ${held}`);
  if (account !== undefined && account.currency !== order.currency) {
    found.push(`I2: order ${order.id} is in ${order.currency}, the provider took ${account.currency}`);
  }
  return found;
}

const OPEN: ReadonlySet<string> = new Set(['AUTHORIZING', 'AUTHORIZED', 'CAPTURING', 'VOIDING']);

function paymentBreaches(
  order: WorldOrder,
  account: ProviderAccount | undefined,
  payments: readonly WorldPayment[],
): readonly Breach[] {
  const { captured, refunded } = account ?? NEVER_PAID;
  const ours = { captured: sumOf(payments, (p) => p.captured), refunded: sumOf(payments, (p) => p.refunded) };
  const found: Breach[] = [];
  if (ours.captured !== captured || ours.refunded !== refunded) {
    const says = `the provider ${captured} and ${refunded}`;
    found.push(`I2: order ${order.id}: our payments took ${ours.captured} and gave back ${ours.refunded}, ${says}`);
  }
  for (const { id, state, refunding } of payments) {
    if (OPEN.has(state) || refunding !== 0) {
      found.push(`I2: order ${order.id} is ${order.state}, its payment ${id} is ${state} with ${refunding} to go back`);
    }
  }
  return found;
}

/** Each account of our ledger, for one order, against the provider's own ledger. */
function accountBreaches(
  order: WorldOrder,
  account: ProviderAccount | undefined,
  postings: readonly Posting[],
): readonly Breach[] {
  const { captured, refunded } = account ?? NEVER_PAID;
  const wanted = new Map([
    ['CARD_HOLDS', 0],
    ['HELD_FOR_ORDERS', 0],
    ['PROVIDER_RECEIVABLE', captured - refunded],
    ['SALES', -captured],
    ['REFUNDS', refunded],
  ]);
  const byAccount = groupBy(postings, (posting) => posting.account);
  const names = new Set([...wanted.keys(), ...byAccount.keys()]);
  return [...names].flatMap((name) => {
    const balance = sumOf(byAccount.get(name) ?? [], ({ amount }) => amount);
    const right = wanted.get(name) ?? 0;
    return balance === right ? [] : [`I2: order ${order.id}: account ${name} stands at ${balance} instead of ${right}`];
  });
}

function doubleEntryBreaches(postings: readonly Posting[]): readonly Breach[] {
  return [...groupBy(postings, ({ transactionId }) => transactionId)].flatMap(([id, sides]) => {
    const left = sumOf(sides, ({ amount }) => amount);
    const currencies = new Set(sides.map(({ currency }) => currency)).size;
    return left === 0 && sides.length > 1 && currencies === 1
      ? []
      : [`I2: the ledger's transaction ${id} has ${sides.length} sides in ${currencies} currencies, ${left} apart`];
  });
}

/** All of it, by currency: what no single order shows cannot hide in the sum. */
function totalBreaches(orders: readonly WorldOrder[], provider: readonly ProviderAccount[]): readonly Breach[] {
  if (orders.some((order) => !isOver(order))) return []; // money is on its way; I3 says that
  const currencies = new Set([...orders, ...provider].map(({ currency }) => currency));
  return [...currencies].flatMap((currency) => {
    const due = sumOf(orders, (order) => (order.currency === currency ? dueOf(order) : 0));
    const net = sumOf(provider, (account) => (account.currency === currency ? account.captured - account.refunded : 0));
    return net === due ? [] : [`I2: orders are due ${due} ${currency} in all, the provider has ${net}`];
  });
}

function dueOf(order: WorldOrder): number {
  return order.state === 'CONFIRMED' ? order.due : 0;
}
